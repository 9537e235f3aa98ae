"""Makes one report's paper and ends: ``python -m firmware.cli.reports.one_paper``, with the order on standard input.

What it makes goes by e-mail, so it is made without what may not leave the box (``core.report_order``). What draws
papers takes more memory than the keeper itself; here it is let go with the process.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_openings import EvidenceOpenings
from firmware.config.loader import load_settings
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.openings import OpeningCount
from firmware.core.report_order import ReportKey, read_report
from firmware.core.report_period import Period
from firmware.services.reports import count_of
from webui.reports.calls import calls_report
from webui.reports.keeping import keeping_report
from webui.reports.listening import Listened, listening_report
from webui.reports.report import Report, as_pdf
from webui.reports.report_desk import calls_of, keeping_of

#: Exit statuses. ``REFUSED``: standard error says why, in words for people.
MADE, REFUSED = 0, 3
_NICER_BY = 10
_KEEPER_PATIENCE_S = 10.0


def main() -> int:
    logging.disable(logging.CRITICAL)
    os.nice(_NICER_BY)
    order = json.load(sys.stdin)
    home = Home(Path(order["home"]))
    period = Period(date.fromisoformat(order["first"]), date.fromisoformat(order["last"]))
    try:
        paper = _paper(home, read_report(order["report"]), period)
    except EarmarkError as error:
        sys.stderr.write(json.dumps({"what": error.what, "remedy": error.remedy}))
        return REFUSED
    sys.stdout.buffer.write(paper)
    return MADE


def _paper(home: Home, report: ReportKey, period: Period) -> bytes:
    office = load_settings(SettingsFile(home.settings_file)).office
    zone = ZoneInfo(office.timezone)
    return as_pdf(report_for_mail(home, report, period, zone), office.name, datetime.now(zone))


def report_for_mail(home: Home, report: ReportKey, period: Period, zone: ZoneInfo) -> Report:
    """Counts only."""
    today = datetime.now(zone).date()
    if report == "calls":
        return calls_report(calls_of(home, period, zone), period, today, for_mail=True)
    if report == "listening":
        return listening_report(Listened(_openings(home, period, zone), None), period, today, zone, for_mail=True)
    keeper = ControlClient(home.keeper_socket, _KEEPER_PATIENCE_S)
    return keeping_report(keeping_of(home, keeper, today, zone), today, zone)


def _openings(home: Home, period: Period, zone: ZoneInfo) -> OpeningCount:
    since, until = (datetime.fromtimestamp(at_ms / 1000, UTC) for at_ms in period.bounds_ms(zone))
    return count_of(list(EvidenceOpenings(home.evidence).between(since, until)), zone)


if __name__ == "__main__":
    sys.exit(main())
