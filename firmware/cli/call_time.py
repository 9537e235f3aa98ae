"""A time as people say it, by the office's clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.core.local_time import DAY_NAMES, DAYS

_WEEKDAY_TIME = re.compile(r"(?:([a-z]+) +)?(\d{1,2}):(\d{2})", re.ASCII)
_FORMS = 'say "2026-11-23 09:30", "mon 09:30", "09:30" (today) or "now"'


def read_time(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment meant. A day of the week is the next of that name, today included.

    Raises:
        ValueError: it is no time, or one that the office's clock skips when it goes forward.
    """
    said = text.strip().lower()
    if said == "now":
        return now.astimezone(zone).replace(microsecond=0)
    match = _WEEKDAY_TIME.fullmatch(said)
    try:
        there = _next(match, now.astimezone(zone)) if match else datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time; {_FORMS}") from None
    if there.tzinfo is not None:
        return there.astimezone(zone)
    moment = there.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != there:
        raise ValueError(f"{text!r} never comes in {zone.key}: the clock goes forward over it")
    return moment


def shown_time(moment: datetime) -> str:
    """``Monday 23 November 2026 at 09:30``, in any language setting the same."""
    return f"{DAY_NAMES[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment:%Y at %H:%M}"


def _next(match: re.Match[str], here: datetime) -> datetime:
    """Raises ValueError for a day or hour that there is not."""
    at = here.replace(tzinfo=None, hour=int(match[2]), minute=int(match[3]), second=0, microsecond=0)
    if match[1] is None:
        return at
    if len(match[1]) < 3 or not any(name.lower().startswith(match[1]) for name in DAY_NAMES):
        raise ValueError(match[1])
    return at + timedelta(days=(DAYS.index(match[1][:3]) - at.weekday()) % 7)


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
