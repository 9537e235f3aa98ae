"""What was told in the evidence a moment ago, so that a page that is drawn again is not told again."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping

from firmware.ports.clock import Clock

#: A page that stays open asks again and again; the same is told anew when nobody asked for it for so long.
SAME_FOR_S = 10 * 60.0


class LatelyTold:
    """Any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lately: dict[tuple[str, str], float] = {}

    def is_new(self, session_id: str, asked: Mapping[str, object]) -> bool:
        """Whether nobody asked for just this in that session lately. From now on somebody has."""
        key = session_id, hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._lately = {each: at_s for each, at_s in self._lately.items() if now_s - at_s < SAME_FOR_S}
            is_new = key not in self._lately
            self._lately[key] = now_s
        return is_new
