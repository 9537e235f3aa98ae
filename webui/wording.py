"""How times, lengths and states read on a page. Pure: template filters are made of these."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.core.call_story import prompt_name
from firmware.core.spoken_length import spoken_length

__all__ = [
    "DIRECTIONS",
    "STATES",
    "STATE_MEANINGS",
    "day_heading",
    "length",
    "local_day",
    "local_time",
    "lost",
    "party_phrase",
    "plain_day",
    "prompt_name",
    "sentence",
    "size",
    "spoken_length",
]

STATES = {
    "recording": "Being recorded",
    "complete": "Complete",
    "interrupted": "Interrupted",
    "damaged": "Damaged",
    "not_recorded": "Not recorded",
}

STATE_MEANINGS = {
    "recording": "The call is still going on, or has only just ended.",
    "complete": "The call was recorded to its end.",
    "interrupted": "The recording stopped before the call did. What was recorded until then is here.",
    "damaged": "The sealed file no longer verifies. It may have been altered or the disk may be failing.",
    "not_recorded": "Nothing of this call was kept.",
}

DIRECTIONS = {"inbound": "Incoming", "outbound": "Outgoing"}


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """The time of day: ``14:05:09``."""
    return moment.astimezone(zone).strftime("%H:%M:%S")


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day on which the moment falls in the office."""
    return moment.astimezone(zone).date()


def day_heading(day: date, today: date) -> str:
    """``Today, Saturday 21 November``; the year is given once it is not this one."""
    text = f"{day:%A} {day.day} {day:%B}"
    if day.year != today.year:
        text += f" {day.year}"
    if day == today:
        return f"Today, {text}"
    if day == today - timedelta(days=1):
        return f"Yesterday, {text}"
    return text


def plain_day(day: date, today: date) -> str:
    """``12 March``; the year is given once it is not this one."""
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


def length(seconds: float | None) -> str:
    """A duration as on a clock: ``0:07``, ``12:05``, ``1:02:03``; a dash when it is not known yet."""
    if seconds is None:
        return "–"
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def lost(seconds: float | None) -> str:
    """How much sound is missing, in words."""
    if not seconds:
        return "Nothing"
    if seconds < 1:
        return f"{round(seconds * 1000)} milliseconds"
    return f"{seconds:.1f} seconds"


def size(count: int) -> str:
    """Bytes as people say them: ``3.2 GB``."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB") else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def sentence(text: str) -> str:
    """With a capital letter, as the first word of a sentence."""
    return text[:1].upper() + text[1:]


def party_phrase(shown: str) -> str:
    """A party in the middle of a sentence."""
    phrases = {
        "withheld": "a withheld number",
        "unavailable": "an unknown number",
        "not kept": "a number that is not kept",
    }
    return phrases.get(shown, shown)
