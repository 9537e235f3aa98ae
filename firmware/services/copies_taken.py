"""Of which calls somebody was given the keys to take a copy away: one signature belongs to each such opening."""

from __future__ import annotations

import threading
from collections import Counter

_MOST_KEPT = 1000


class CopiesTaken:
    """By session and recording, in memory, the newest thousand. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unsigned: Counter[tuple[str, str]] = Counter()

    def opened(self, session_id: str, recording_id: str) -> None:
        """The opening is on record, and the keys are given."""
        copy = (session_id, recording_id)
        with self._lock:
            self._unsigned[copy] += 1
            if len(self._unsigned) > _MOST_KEPT:
                del self._unsigned[next(iter(self._unsigned))]

    def take(self, session_id: str, recording_id: str) -> bool:
        """Whether there is one that was not signed yet; from now on it was."""
        copy = (session_id, recording_id)
        with self._lock:
            if not self._unsigned[copy]:
                del self._unsigned[copy]
                return False
            self._unsigned[copy] -= 1
            return True
