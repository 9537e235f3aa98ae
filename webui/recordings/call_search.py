"""What somebody looks for in the list of calls, read from the address's query, with their mistakes told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from firmware.core.errors import SettingsError
from firmware.core.search_terms import LONGEST_SEARCH, search_terms
from webui.error_words import in_words
from webui.translation import gettext as _

#: What a field may say; anything else is as if it were not there.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "direction": ("inbound", "outbound"),
    "length": ("to-1", "1-to-5", "5-to-15", "15-to-60", "over-60"),
    "recorded": ("yes", "no"),
    "paused": ("yes", "no"),
    "tagged": ("yes",),
    "held": ("yes",),
}
#: As the first versions had them: their addresses still work.
_BEFORE = ("number", "noted")
_LONGEST_NAME = 64


@dataclass(frozen=True)
class CallSearch:
    """The fields as typed, to be shown again, and what they mean.

    ``find`` is parts of numbers and of words, all of which must be found. ``mistakes`` holds a sentence for each field
    that makes no sense (keys ``find`` and ``days``); while there is one, nothing is searched for.
    """

    find: str = ""
    first_day: str = ""
    last_day: str = ""
    line: str = ""
    extension: str = ""
    direction: str = ""
    length: str = ""
    recorded: str = ""
    paused: str = ""
    tagged: str = ""
    held: str = ""
    cursor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mistakes: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.parameters())

    @property
    def narrowed(self) -> Mapping[str, str]:
        """What is asked for beside what was typed to be found."""
        return {name: value for name, value in self.parameters().items() if name != "find"}

    def without(self, name: str) -> dict[str, str]:
        """The address's query with one of its fields left out, from the newest call on."""
        return {other: value for other, value in self.parameters().items() if other != name}

    def parameters(self, cursor: str = "") -> dict[str, str]:
        """The query of an address that shows this search again, from ``cursor`` on."""
        typed = {
            "find": self.find,
            "from": self.first_day,
            "to": self.last_day,
            "line": self.line,
            "extension": self.extension,
            **{name: getattr(self, name) for name in CHOICES},
            "before": cursor,
        }
        return {name: value for name, value in typed.items() if value}


def read_search(query: Mapping[str, str], zone: ZoneInfo) -> CallSearch:
    """A search from the address's query. Days are whole days in the office's zone, both included."""
    mistakes: dict[str, str] = {}
    since = until = None
    find = " ".join(" ".join(query.get(name, "") for name in ("find", *_BEFORE)).split())[:LONGEST_SEARCH].strip()
    if find and not search_terms(find):
        mistakes["find"] = _("Type a number or part of one, or how a name or a word begins.")
    try:
        since, until = _days(query.get("from", ""), query.get("to", ""), zone)
    except SettingsError as mistake:
        mistakes["days"] = in_words(mistake)
    chosen = {name: query.get(name, "") for name in CHOICES}
    return CallSearch(
        find=find,
        first_day=query.get("from", ""),
        last_day=query.get("to", ""),
        line=query.get("line", "").strip()[:_LONGEST_NAME],
        extension=query.get("extension", "").strip()[:_LONGEST_NAME],
        cursor=query.get("before", ""),
        since=since,
        until=until,
        mistakes=mistakes,
        **{name: value if value in CHOICES[name] else "" for name, value in chosen.items()},
    )


def _days(first: str, last: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The instants from which and up to which calls began. Raises SettingsError: these are no days."""
    since = _midnight(first, zone)
    until = _midnight(last, zone, days_later=1)
    if since and until and since >= until:
        raise SettingsError(_("The first day is after the last."), _("Exchange the two."))
    return since, until


def _midnight(day: str, zone: ZoneInfo, days_later: int = 0) -> datetime | None:
    if not day:
        return None
    try:
        found = date.fromisoformat(day)
        # Days are added before the zone is: a day on which clocks change is not 24 hours long.
        return datetime.combine(found + timedelta(days=days_later), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SettingsError(_("A day is written as year-month-day, such as 2026-03-31.")) from None
