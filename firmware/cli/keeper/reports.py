"""The keeper's sending of reports, put together.

``GET  /reports/way``   → {way}: the name of the destination by whose mail server they go; empty: there is none
``POST /reports/send``  {report} (from the opener, for a person) → {first, last, trouble}: sends it now
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.alerts.apprise_messenger import AppriseMessenger
from firmware.adapters.alerts.mail_way import is_mail
from firmware.adapters.catalogue.report_orders import ReportTables
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.followed_settings import FollowedSettings
from firmware.cli.keeper.parts import KeeperParts
from firmware.config.settings_model import Settings
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.core.report_order import ReportKey, read_report
from firmware.core.report_period import Period
from firmware.ports.alerts import Destination
from firmware.ports.clock import Clock
from firmware.services.report_post import PostPlan, ReportPost

REPORT_ROUTES = ("GET /reports/way", "POST /reports/send")
_PAPER = "firmware.cli.reports.one_paper"
_REFUSED = 3
_WITHIN_S = 600.0
_MAIL_WITHIN_S = 120.0


def compose_report_post(parts: KeeperParts) -> ReportPost:
    settings = FollowedSettings(parts.home.settings_file)
    return ReportPost(
        ReportTables(parts.home.catalogue),
        AppriseMessenger(_MAIL_WITHIN_S),
        paper_of(parts.home),
        parts.evidence,
        lambda: post_plan(settings()),
        ZoneInfo(parts.settings.office.timezone),
    )


def report_routes(home: Home) -> dict[str, Handler]:
    settings = FollowedSettings(home.settings_file)

    def way(_: Request) -> Mapping[str, Any]:
        found = post_plan(settings()).way
        return {"way": found.name if found else ""}

    return {"GET /reports/way": way}


def sending_routes(post: ReportPost, clock: Clock) -> dict[str, Handler]:
    vouched = these_users("earmark-opener")

    def send(request: Request) -> Mapping[str, Any]:
        if not vouched(request.peer):
            raise RequestRefused("The opener asks for that, for a person.", status=403)
        sent = post.send_now(read_report(request.text("report", 20)), clock.wall_ms())
        return {"first": sent.first, "last": sent.last, "trouble": sent.trouble}

    return {"POST /reports/send": send}


def post_plan(settings: Settings) -> PostPlan:
    """Reports go by the first destination of alerts that is a mail server."""
    alerts, names = settings.alerts, settings.web.host_names
    way = next((each for each in alerts.destinations if is_mail(each.url.get_secret_value())), None)
    return PostPlan(
        Destination(way.name, way.url.get_secret_value()) if way else None,
        alerts.digest_time,
        settings.office.name,
        f"https://{names[0]}/reports" if names else "",
    )


def paper_of(home: Home) -> Callable[[ReportKey, Period], bytes]:
    """Papers of reports as they may leave the box, each made by a process of its own."""

    def make(report: ReportKey, period: Period) -> bytes:
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        order = json.dumps({"home": str(home.root), "report": report, **days}).encode()
        command = [sys.executable, "-m", _PAPER]
        try:
            done = subprocess.run(command, input=order, capture_output=True, timeout=_WITHIN_S, check=False)
        except (subprocess.TimeoutExpired, OSError) as error:
            raise StorageError("The report was not made in time.", "See the keeper's log.") from error
        if done.returncode == 0:
            return done.stdout
        if done.returncode == _REFUSED:
            said = json.loads(done.stderr)
            raise StorageError(str(said["what"]), str(said["remedy"]))
        raise StorageError("The program that makes reports failed.", "Update the box, or tell whoever looks after it.")

    return make
