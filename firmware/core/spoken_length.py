"""How long something lasted, in words."""

from __future__ import annotations


def spoken_length(seconds: float | None) -> str:
    """For screen readers and sentences: ``1 hour 2 minutes``, ``45 seconds``."""
    if seconds is None:
        return "not known yet"
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [_counted(hours, "hour"), _counted(minutes, "minute"), "" if hours else _counted(left, "second")]
    return " ".join(part for part in parts if part) or "0 seconds"


def _counted(count: int, unit: str) -> str:
    if count == 0:
        return ""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
