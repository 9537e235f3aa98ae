"""Takes rows of the call log to the recorder, in order, however long it is away.

Rows are personal, and this process may write none of them down: they wait in memory, a bounded number of them. The
recorder keeps them durably before it says so, sealed where the data disk is away, so little ever waits here. A row that
is brought twice is kept once.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from firmware.core.call_log import LogRow
from firmware.core.errors import EarmarkError, ServiceAway, StorageError

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 20_000
_AT_ONCE = 100
_AGAIN_AFTER_S = 2.0


class RowDesk(Protocol):
    def bring(self, rows: Sequence[LogRow]) -> None:
        """Durable on return. Raises ServiceAway, StorageError: not now; another error: never."""
        ...


class RowCourier:
    """A thread. ``hand_on``, ``waiting`` and ``lost`` from any."""

    def __init__(self, desk: RowDesk, again_after_s: float = _AGAIN_AFTER_S) -> None:
        self._desk = desk
        self._again_after_s = again_after_s
        self._changed = threading.Condition()
        self._waiting: deque[LogRow] = deque()
        self._lost = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._carry, name="rows", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Deliver what waits, if the recorder takes it now, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def hand_on(self, row: LogRow) -> None:
        """Never waits. The oldest gives way where there is no more room."""
        with self._changed:
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(row)
            self._changed.notify()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def attention(self) -> list[str]:
        if self._lost:
            return [f"{self._lost} calls of the call log were lost: the recorder was away too long."]
        return []

    def _carry(self) -> None:
        away = last = False
        while not last:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                last = self._stopping
            was_away, away = away, not self._deliver_all(told_of=away)
            if was_away and not away:
                _LOG.info("the rows that waited are kept")
            if away and not last:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, self._again_after_s)

    def _deliver_all(self, told_of: bool) -> bool:
        """False: the recorder does not take them now."""
        while rows := self._next():
            try:
                self._desk.bring(rows)
            except (ServiceAway, StorageError) as error:
                if not told_of:
                    _LOG.warning("rows of the call log wait: %s", error.what)
                return False
            except EarmarkError as error:
                _LOG.error("%d rows of the call log were not taken: %s", len(rows), error)
            with self._changed:
                for row in rows:
                    if self._waiting and self._waiting[0] is row:
                        self._waiting.popleft()
        return True

    def _next(self) -> list[LogRow]:
        with self._changed:
            return [self._waiting[n] for n in range(min(_AT_ONCE, len(self._waiting)))]
