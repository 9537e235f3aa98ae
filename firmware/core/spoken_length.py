"""How long something lasted, in words."""

from __future__ import annotations


def spoken_length(seconds: float | None) -> str:
    """For screen readers and sentences: ``1 hour 2 minutes``, ``45 seconds``."""
    if seconds is None:
        return "not known yet"
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [
        (f"{hours} hour" if hours == 1 else f"{hours} hours") if hours else "",
        (f"{minutes} minute" if minutes == 1 else f"{minutes} minutes") if minutes else "",
        (f"{left} second" if left == 1 else f"{left} seconds") if left and not hours else "",
    ]
    return " ".join(part for part in parts if part) or "0 seconds"
