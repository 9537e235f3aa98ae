"""The recorder's part in the PBX's call log: it is the catalogue's writer, so rows come here and are matched here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from firmware.adapters.catalogue.call_log import CallLogTable
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.store.spooled_call_log import SpooledCallLog
from firmware.core.call_log import LogRow
from firmware.core.errors import EarmarkError, StorageError
from firmware.core.home import Home
from firmware.services.call_log_matching import CallLogMatching

_LOG = logging.getLogger(__name__)
MOST_AT_ONCE = 200
_EVERY_S = 10.0
_SHARE = 20  # of the time at most one part goes into comparing: calls being recorded need the rest
_STOP_WITHIN_S = 5.0


class _Places(Protocol):
    @property
    def data(self) -> object | None:
        """The data disk, where it is there."""
        ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int: ...


class CallLogDesk:
    """``take`` and ``attention`` may be called from any thread; the comparing has one of its own."""

    def __init__(self, home: Home, places: _Places, every_s: float = _EVERY_S) -> None:
        self._places = places
        self._every_s = every_s
        self._spooled = SpooledCallLog(home)
        self._table = CallLogTable(home.catalogue)
        self._matching = CallLogMatching(self._table, places)
        self._wake, self._stopping = threading.Event(), False
        self._trouble = ""
        self._traces_left = True  # the process before this one may have ended before it had wiped them
        self._thread = threading.Thread(target=self._run, name="call-log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join(_STOP_WITHIN_S)
        self._table.close()

    def take(self, rows: Sequence[LogRow]) -> int:
        """Keep rows, durable on return: in the catalogue, or sealed in the spool. Raises StorageError."""
        if self._places.data is None:
            self._spooled.keep(rows)
            return len(rows)
        new = self._matching.take(rows)
        if new:
            self._wake.set()
        return new

    def erase(self, row_ids: Sequence[str]) -> int:
        """Rows that have no recording; others go with theirs. Returns how many went.

        Raises StorageError: the data disk is not there.
        """
        if self._places.data is None:
            raise StorageError("The data disk is not there.", "Unlock it, or plug it in.")
        erased = self._table.drop_alone(row_ids)
        self._traces_left = True
        self._wake.set()
        return erased

    def attention(self) -> list[str]:
        return [*self._matching.attention(), *([self._trouble] if self._trouble else [])]

    def _run(self) -> None:
        while not self._stopping:
            began = time.monotonic()
            self._round()
            self._wake.wait(max(self._every_s, _SHARE * (time.monotonic() - began)))
            self._wake.clear()

    def _round(self) -> None:
        if self._places.data is None:
            return
        try:
            if self._spooled.waits():
                count = self._spooled.take_in(self._matching.take)
                _LOG.info("%d rows of the call log were taken in from the spool", count)
            if self._matching.run(time.time_ns() // 1_000_000):
                self._traces_left = True
            if self._traces_left:
                self._wipe_traces()
        except EarmarkError as error:
            if str(error) != self._trouble:
                _LOG.error("%s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""

    def _wipe_traces(self) -> None:
        """What is erased meanwhile is wiped the next time."""
        self._traces_left, done = False, False
        try:
            done = self._table.wipe_traces()
        finally:
            self._traces_left = self._traces_left or not done


def call_log_routes(desk: CallLogDesk) -> dict[str, Handler]:
    """``POST /call-log``: rows from the process that reads the PBX's log. ``POST /call-log/erase``: on somebody's
    request, from the opener."""
    is_lines, is_opener = these_users("earmark-lines"), these_users("earmark-opener")

    def take(request: Request) -> Mapping[str, Any]:
        if not is_lines(request.peer):
            raise RequestRefused("Only the lines bring the call log.", status=403)
        given = request.body.get("rows") if isinstance(request.body, dict) else None
        if not isinstance(given, list) or not 0 < len(given) <= MOST_AT_ONCE:
            raise RequestRefused(f"'rows' is a list of 1 to {MOST_AT_ONCE} rows.")
        try:
            rows = [LogRow.from_json(each) for each in given]
        except (ValueError, TypeError) as error:
            raise RequestRefused(f"A row is not as rows are: {error}.") from None
        return {"taken": len(rows), "new": desk.take(rows)}

    def erase(request: Request) -> Mapping[str, Any]:
        if not is_opener(request.peer):
            raise RequestRefused("Only the opener has rows of the call log erased.", status=403)
        given = request.body.get("rows") if isinstance(request.body, dict) else None
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise RequestRefused("'rows' is a list of rows' ids.")
        return {"erased": desk.erase(given)}

    return {"POST /call-log": take, "POST /call-log/erase": erase}
