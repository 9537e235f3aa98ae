"""One purpose for the calls of one named case: good for half an hour in one session, then it must be given again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from firmware.core.errors import SettingsError
from firmware.ports.clock import Clock

LASTS_S = 30 * 60.0
_LONGEST_NAME = 80


@dataclass(frozen=True)
class NamedCase:
    """``until_s`` is by the clock that never jumps."""

    name: str
    purpose: str
    until_s: float


class NamedCases:
    """Cases by session. Any thread; nothing is kept beyond the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._cases: dict[str, NamedCase] = {}

    def begin(self, session_id: str, name: str, purpose: str) -> NamedCase:
        """From now on the purpose holds for every call that is opened for this case.

        Raises:
            SettingsError: the name cannot be one.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= _LONGEST_NAME:
            raise SettingsError(f"A case needs a name of at most {_LONGEST_NAME} letters.")
        case = NamedCase(name, purpose, self._clock.monotonic_s() + LASTS_S)
        with self._lock:
            self._forget_past()
            self._cases[session_id] = case
        return case

    def running(self, session_id: str) -> NamedCase | None:
        with self._lock:
            self._forget_past()
            return self._cases.get(session_id)

    def left_ms(self, case: NamedCase) -> int:
        return max(0, round((case.until_s - self._clock.monotonic_s()) * 1000))

    def end(self, session_id: str) -> None:
        with self._lock:
            self._cases.pop(session_id, None)

    def _forget_past(self) -> None:
        now_s = self._clock.monotonic_s()
        for session_id in [each for each, case in self._cases.items() if case.until_s <= now_s]:
            del self._cases[session_id]
