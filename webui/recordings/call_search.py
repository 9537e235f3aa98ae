"""What somebody looks for in the list of calls, read from the address's query, with their mistakes told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NUMBER = re.compile(r"[0-9*#+ ().\-/]*[0-9*#][0-9*#+ ().\-/]*", re.ASCII)

_LONGEST_WORDS = 100


@dataclass(frozen=True)
class CallSearch:
    """The fields as typed, to be shown again, and what they mean.

    ``mistakes`` holds a sentence for each field that makes no sense (keys ``number`` and ``days``); while there is one,
    nothing is searched for.
    """

    number: str = ""
    first_day: str = ""
    last_day: str = ""
    direction: str = ""
    line: str = ""
    noted: str = ""
    cursor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mistakes: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether anything was asked for at all."""
        return any((self.number, self.first_day, self.last_day, self.direction, self.line, self.noted))

    def parameters(self, cursor: str = "") -> dict[str, str]:
        """The query of an address that shows this search again, from ``cursor`` on."""
        typed = {
            "number": self.number,
            "from": self.first_day,
            "to": self.last_day,
            "direction": self.direction,
            "line": self.line,
            "noted": self.noted,
            "before": cursor,
        }
        return {name: value for name, value in typed.items() if value}


def read_search(query: Mapping[str, str], zone: ZoneInfo) -> CallSearch:
    """A search from the address's query. Days are whole days in the office's zone, both included."""
    mistakes: dict[str, str] = {}
    since = until = None
    number = query.get("number", "").strip()
    if number and not _NUMBER.fullmatch(number):
        mistakes["number"] = "A telephone number has digits only, such as 020 7946 0123, +44 20 7946 0123 or just 0123."
    try:
        since, until = _days(query.get("from", ""), query.get("to", ""), zone)
    except ValueError as error:
        mistakes["days"] = str(error)
    direction = query.get("direction", "")
    return CallSearch(
        number=number,
        first_day=query.get("from", ""),
        last_day=query.get("to", ""),
        direction=direction if direction in ("inbound", "outbound") else "",
        line=query.get("line", "").strip(),
        noted=" ".join(query.get("noted", "").split())[:_LONGEST_WORDS],
        cursor=query.get("before", ""),
        since=since,
        until=until,
        mistakes=mistakes,
    )


def _days(first: str, last: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The instants from which and up to which calls began."""
    since = _midnight(first, zone)
    until = _midnight(last, zone, days_later=1)
    if since and until and since >= until:
        raise ValueError("The first day is after the last.")
    return since, until


def _midnight(day: str, zone: ZoneInfo, days_later: int = 0) -> datetime | None:
    if not day:
        return None
    try:
        found = date.fromisoformat(day)
        # Days are added before the zone is: a day on which clocks change is not 24 hours long.
        return datetime.combine(found + timedelta(days=days_later), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("A day is written as year-month-day, such as 2026-03-31.") from error
