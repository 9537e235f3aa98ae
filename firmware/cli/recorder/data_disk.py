"""The recorder's second thread: looks for the data disk, opens it, and takes in what was spooled meanwhile.

Opening a catalogue may take seconds, and copying minutes; the main thread serves the rings and waits for neither.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from firmware.adapters.store.spool_journal import remove_taken
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.adapters.store.spool_shelf import SpoolShelf
from firmware.cli.recorder.composition import DataPlace, PlaceMaker, SpoolPlace
from firmware.core.errors import EarmarkError, StorageError, StorageFull
from firmware.ports.data_disk import DataDisk
from firmware.services.recorder_places import RecorderPlaces
from firmware.services.spool_gate import SpoolGate
from firmware.services.spool_intake import SpoolIntake

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 2.0
_AGAIN_S = 10.0
_COPIED_PER_S = 8_000_000
_STOP_WITHIN_S = 5.0


class DataDiskWatch:
    """``beat``, ``status`` and ``stop`` are for the main thread; the rest runs in its own."""

    def __init__(
        self,
        disk: DataDisk,
        maker: PlaceMaker,
        places: RecorderPlaces,
        gate: SpoolGate,
        spool: SpoolPlace | None,
        data: DataPlace | None,
    ) -> None:
        """``spool`` and ``data``: those that are open."""
        self._disk = disk
        self._maker = maker
        self._places = places
        self._gate = gate
        self._rows = spool.rows if spool else None
        self._store = spool.store if spool else None
        self._spool_full = False
        self._data = data
        self._away = "" if data else disk.look()
        self._trouble = ""
        self._attached = data is not None
        self._nothing_left = self._spool_closed = False
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="data-disk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(_STOP_WITHIN_S)

    def beat(self) -> bool:
        """Put to use what the thread has found. True: the data disk has just come to be recorded on.

        Raises:
            StorageError: the data disk has gone. The process must end; the next one records to the spool.
        """
        if self._failure:
            raise self._failure
        if self._attached and self._away:
            raise StorageError(self._away, "Plug it in or unlock it; until then calls are recorded to the spool.")
        if self._data and not self._attached:
            self._places.data_is_there(self._data.place)
            self._attached = True
            _LOG.info("the data disk is there: new calls are recorded on it")
            return True
        if self._nothing_left and self._spool_is_done_with():
            self._places.leave_spool()
            self._spool_closed = True
        return False

    def _spool_is_done_with(self) -> bool:
        """Also of calls that ended since the thread looked: lines may still offer their rings again."""
        spool, rows = self._places.spool, self._rows
        return spool is not None and spool.calls.idle and rows is not None and not rows.calls()

    def status(self) -> dict[str, Any]:
        """For the control socket: whether the data disk is there, how many calls wait, and what a person must know."""
        waiting = len(self._rows.calls()) if self._rows else 0
        attention = [self._trouble] if self._trouble else []
        if not self._attached:
            attention.append(f"{self._away or 'The data disk is being opened.'} {_waiting(waiting)} in the spool.")
            if self._spool_full:
                attention.append("The spool is full: no new call is recorded until the data disk is there.")
        elif waiting:
            attention.append(f"{_waiting(waiting)} in the spool and will be taken in.")
        return {"data_disk": "there" if self._attached else "away", "spooled": waiting, "attention": attention}

    # --- the thread

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._round()
                self._stop.wait(_AGAIN_S if self._trouble else _LOOK_EVERY_S)
        except Exception as error:  # noqa: BLE001 - the thread's root: the main thread ends the process with it
            _LOG.exception("the watch over the data disk failed")
            self._failure = error

    def _round(self) -> None:
        self._away = self._disk.look()
        try:
            if self._away:
                self._spool_full = self._store is not None and self._store.is_full
            elif self._data is None:
                self._open()
            elif self._attached and self._rows:
                self._take_in(self._rows, self._data)
        except EarmarkError as error:
            if str(error) != self._trouble:
                _LOG.error("%s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""

    def _open(self) -> None:
        data = self._maker.data(self._rows)
        if self._rows:
            self._intake(self._rows, data).tell()  # before anything newer is entered
        self._data = data

    def _take_in(self, rows: SpooledRows, data: DataPlace) -> None:
        intake = self._intake(rows, data)
        intake.tell()
        while not self._stop.is_set() and self._has_room(data) and intake.take_next():
            pass
        if rows.calls() or self._stop.is_set():
            return
        if self._spool_closed:
            intake.emptied()
            remove_taken(self._maker.home)
            rows.forget_details()
            self._rows = None
            _LOG.info("everything that waited in the spool was taken in")
        self._nothing_left = True

    def _has_room(self, data: DataPlace) -> bool:
        """Raises StorageFull, so that a person hears of it: what is kept free is for calls in progress."""
        free_bytes = data.place.space.measure().free_bytes
        if free_bytes < self._maker.office.space.reserve_mb * 1_000_000:
            raise StorageFull(
                f"The data disk has only {free_bytes // 1_000_000} MB left: what waits in the spool stays there.",
                "Free space on the data disk, or put in a larger one.",
            )
        return True

    def _intake(self, rows: SpooledRows, data: DataPlace) -> SpoolIntake:
        return SpoolIntake(SpoolShelf(self._maker.home, rows), data.catalogue, data.evidence, self._gate, self._pace)

    def _pace(self, copied_bytes: int) -> bool:
        return not self._stop.wait(copied_bytes / _COPIED_PER_S)


def _waiting(count: int) -> str:
    if count == 1:
        return "1 call waits"
    return f"{count or 'No'} calls wait"
