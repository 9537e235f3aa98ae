"""A time of day at which something may be done, or is due, by the office's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class DailyWindow:
    """From one time of day until another, perhaps of the next morning; the same twice is the whole day."""

    begins: time = time()
    ends: time = time()

    def is_open(self, now: datetime) -> bool:
        """``now`` by the office's clock."""
        moment = now.time()
        if self.begins < self.ends:
            return self.begins <= moment < self.ends
        return self.begins == self.ends or moment >= self.begins or moment < self.ends


def last_due(at: time, now_ms: int, zone: tzinfo) -> int:
    """When something that is due each day ``at`` a time was due last, Unix ms."""
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    due = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if due > now:
        due = (now - timedelta(days=1)).replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return round(due.timestamp() * 1000)
