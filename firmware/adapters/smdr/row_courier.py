"""Takes rows of the call log to the recorder, in order, however long it is away.

Rows are personal, and this process may write none of them down: they wait in memory, a bounded number of them. The
recorder keeps them durably before it says so, sealed where the data disk is away, so little ever waits here. A row that
is brought twice is kept once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from firmware.adapters.control.courier import AGAIN_AFTER_S, Courier
from firmware.core.call_log import LogRow

_MOST_WAITING = 20_000
_AT_ONCE = 100


class RowDesk(Protocol):
    def bring(self, rows: Sequence[LogRow]) -> None:
        """Durable on return. Raises ServiceAway, StorageError: not now; another error: never."""
        ...


class RowCourier:
    """A thread. ``hand_on``, ``waiting`` and ``attention`` from any."""

    def __init__(self, desk: RowDesk, again_after_s: float = AGAIN_AFTER_S) -> None:
        self._lost = 0
        self._courier = Courier("rows of the call log", desk.bring, self._make_room, _AT_ONCE, again_after_s)

    def start(self) -> None:
        self._courier.start()

    def stop(self) -> None:
        """Deliver what waits, if the recorder takes it now, and end."""
        self._courier.stop()

    def hand_on(self, row: LogRow) -> None:
        """Never waits. The oldest gives way where there is no more room."""
        self._courier.hand_on(row)

    @property
    def waiting(self) -> int:
        return self._courier.waiting

    def attention(self) -> list[str]:
        if self._lost:
            return [f"{self._lost} calls of the call log were lost: the recorder was away too long."]
        return []

    def _make_room(self, waiting: deque[LogRow]) -> bool:
        if len(waiting) >= _MOST_WAITING:
            waiting.popleft()
            self._lost += 1
        return True
