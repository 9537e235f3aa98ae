"""How times, lengths and states read on a page. Pure: template filters are made of these."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

STATES = {
    "recording": "Being recorded",
    "complete": "Complete",
    "interrupted": "Interrupted",
    "damaged": "Damaged",
}

STATE_MEANINGS = {
    "recording": "The call is still going on, or has only just ended.",
    "complete": "The call was recorded to its end.",
    "interrupted": "The recording stopped before the call did. What was recorded until then is here.",
    "damaged": "The sealed file no longer verifies. It may have been altered or the disk may be failing.",
}

DIRECTIONS = {"inbound": "Incoming", "outbound": "Outgoing"}

ROLES = {"administrator": "Administrator", "listener": "Listener"}


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


def length(seconds: float | None) -> str:
    """A duration as on a clock: ``0:07``, ``12:05``, ``1:02:03``; a dash when it is not known yet."""
    if seconds is None:
        return "–"
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def spoken_length(seconds: float | None) -> str:
    """A duration in words, for screen readers and sentences: ``1 hour 2 minutes``, ``45 seconds``."""
    if seconds is None:
        return "not known yet"
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [_counted(hours, "hour"), _counted(minutes, "minute"), "" if hours else _counted(left, "second")]
    return " ".join(part for part in parts if part) or "0 seconds"


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


def prompt_name(prompt: str) -> str:
    """A prompt's id as a person would write it: ``call-recorded`` is *Call recorded*."""
    return prompt.replace("-", " ").replace("_", " ").strip().capitalize()


def sentence(text: str) -> str:
    """With a capital letter, as the first word of a sentence."""
    return text[:1].upper() + text[1:]


def party_phrase(shown: str) -> str:
    """A party in the middle of a sentence."""
    return {"withheld": "a withheld number", "unavailable": "an unknown number"}.get(shown, shown)


def _counted(count: int, unit: str) -> str:
    if count == 0:
        return ""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
