"""Reports that go out by e-mail: which there are, to whom, and when one is due. Pure.

What goes by e-mail crosses other people's machines and lies in mailboxes for years, so it is counts only: no caller's
number, no extension (which is somebody's desk), nobody's name and no purpose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from firmware.core.errors import SettingsError
from firmware.core.report_period import Period, named_period

ReportKey = Literal["calls", "listening", "keeping"]
Every = Literal["week", "month"]

REPORTS: Mapping[ReportKey, str] = {
    "calls": "Calls and hours",
    "listening": "Who listened",
    "keeping": "Retention and storage",
}
LAST: Mapping[Every, str] = {"week": "last-week", "month": "last-month"}
MOST_ADDRESSES = 10
#: Plainer than RFC 5321 lets addresses be: nothing that could mean something to a mail program or to Apprise.
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_UNTOUCHED = "Nothing was changed."


@dataclass(frozen=True)
class ReportOrder:
    """A report that goes out each week or month; who ordered it, when (Unix ms) and in which line of evidence."""

    report: ReportKey
    every: Every
    addresses: tuple[str, ...]
    ordered_by: str
    ordered_at_ms: int
    evidence_line: int = 0

    def due(self, now_ms: int, at: time, zone: tzinfo) -> Period:
        """The last whole week or month that is to have gone out by now: on its morrow, ``at`` that time of day."""
        now = datetime.fromtimestamp(now_ms / 1000, zone)
        today = now.date() if now.time() >= at else now.date() - timedelta(days=1)
        found = named_period(LAST[self.every], today)
        if found is None:  # LAST names periods there are
            raise ValueError(self.every)
        return found

    def covers(self, period: Period, zone: tzinfo) -> bool:
        """Whether the period ended after this was ordered: nobody who orders a report is sent old ones."""
        return period.bounds_ms(zone)[1] > self.ordered_at_ms


@dataclass(frozen=True)
class Sending:
    """What became of sending a report of one period (first and last day, ISO). ``trouble`` is empty once it went."""

    report: ReportKey
    first: str
    last: str
    tried_at_ms: int
    addresses: int
    trouble: str = ""

    @property
    def went(self) -> bool:
        return not self.trouble


def read_report(key: str) -> ReportKey:
    """Raises SettingsError: there is no such report."""
    for name in REPORTS:
        if name == key:
            return name
    raise SettingsError("There is no such report.", f"There are: {', '.join(REPORTS.values())}.")


def read_every(word: str) -> Every | None:
    """None for never. Raises SettingsError."""
    if word == "never":
        return None
    for every in LAST:
        if word == every:
            return every
    raise SettingsError("Say how often it is to go out: each week, each month, or never.", _UNTOUCHED)


def read_addresses(typed: str) -> tuple[str, ...]:
    """Addresses between spaces, commas, semicolons or line ends, each once.

    Raises:
        SettingsError: one is no address, or there is none, or too many.
    """
    found = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", typed))))
    if not found:
        raise SettingsError("Say to which addresses it is to go.", _UNTOUCHED)
    if len(found) > MOST_ADDRESSES:
        raise SettingsError(f"A report goes to {MOST_ADDRESSES} addresses at most.", "Use a mailing list.")
    for each in found:
        if not _ADDRESS.fullmatch(each):
            raise SettingsError(f"{each[:80]} is no e-mail address.", "Write it as name@example.org. " + _UNTOUCHED)
    return found
