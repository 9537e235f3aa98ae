"""What programs do by their tokens, as the evidence is told of it: the first time in an hour at once, and at the end
of the hour how often it was. A till that asks each second would fill the log otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.ports.clock import Clock

EnterSoon = Callable[[str, Mapping[str, str], Mapping[str, Any]], None]
USED, REFUSED = "program-used", "program-refused"
STRANGER, STRANGERS_NAME = "unknown", "an unknown token"
_HOUR_MS = 3_600_000
#: Of as many different things an hour each is told by itself; what comes on top is counted together.
_MOST_TOLD_APART = 500
_MUCH = "more of the same"
#: Of as many rows that a program was shown the evidence has before the hour is over.
MANY_ROWS = 1000


@dataclass(frozen=True)
class _Told:
    """One thing that is told: of whom, and what they did or why they were refused."""

    kind: str
    program_id: str
    name: str
    what: str


class ProgramUses:
    """Any thread."""

    def __init__(self, enter_soon: EnterSoon, clock: Clock) -> None:
        self._enter_soon = enter_soon
        self._clock = clock
        self._lock = threading.Lock()
        self._hour = 0
        self._times: dict[_Told, int] = {}
        self._rows: dict[_Told, int] = {}

    def used(self, program_id: str, name: str, what: str) -> None:
        self._count(_Told(USED, program_id, name, what))

    def shown(self, program_id: str, name: str, what: str, rows: int) -> None:
        """It was shown so many rows by what it did: told in sums, since who lists much takes much away."""
        self.tell_due()
        told = _Told(USED, program_id, name, what)
        with self._lock:
            told = self._told_apart(told)
            so_far = self._rows[told] = self._rows.get(told, 0) + rows
            if so_far < MANY_ROWS:
                return
            del self._rows[told]
        self._tell(told, {"rows": so_far})

    def refused(self, program_id: str, name: str, why: str) -> None:
        self._count(_Told(REFUSED, program_id, name, why))

    def tell_due(self) -> None:
        """Tell how often it was of an hour that is over. Call it every few seconds."""
        now = self._clock.wall_ms() // _HOUR_MS
        with self._lock:
            if now == self._hour:
                return
            over, self._times, began = self._times, {}, self._hour * _HOUR_MS
            shown, self._rows = self._rows, {}
            self._hour = now
        for told in {**over, **shown}:
            more, rows = over.get(told, 1) - 1, shown.get(told, 0)
            if more or rows:
                self._tell(told, {"times_more": more, "rows": rows, "since_ms": began})

    def _count(self, told: _Told) -> None:
        self.tell_due()
        with self._lock:
            told = self._told_apart(told)
            times = self._times[told] = self._times.get(told, 0) + 1
        if times == 1:
            self._tell(told, {})

    def _told_apart(self, told: _Told) -> _Told:
        if told in self._times or len(self._times) < _MOST_TOLD_APART:
            return told
        return _Told(told.kind, STRANGER, STRANGERS_NAME, _MUCH)

    def _tell(self, told: _Told, count: Mapping[str, int]) -> None:
        said = {"what": told.what} if told.kind == USED else {"why": told.what}
        self._enter_soon(told.kind, {"program": told.program_id}, {"name": told.name, **said, **count})
