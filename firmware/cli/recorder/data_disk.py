"""The recorder's second thread: looks for the data disk, opens it, and takes in what was spooled meanwhile.

Opening a catalogue may take seconds, and copying minutes; the main thread serves the rings and waits for neither.
"""

from __future__ import annotations

import logging
import threading
import time
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
#: The evidence line of a recorder that starts without the data disk.
SPOOL_BEGAN = "spool-began"
_LOOK_EVERY_S = 2.0
_AGAIN_S = 5.0
# Bringing a catalogue up to date may write for minutes before it finds the disk full: then it is long before the next.
_WITHOUT_ROOM_AGAIN = 10  # times as long as it took
_WITHOUT_ROOM_AGAIN_S = 600.0  # at the latest
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
        trouble: str,
    ) -> None:
        """``spool`` and ``data``: those that are open. ``trouble``: what was wrong with the other."""
        self._disk = disk
        self._maker = maker
        self._places = places
        self._gate = gate
        self._spool = spool
        self._full = self._spool_full = False
        self._data = data
        self._away = "" if data else disk.look()
        self._trouble = "" if self._away else trouble
        self._attached = data is not None
        self._no_room: StorageFull | None = None
        self._open_after = 0.0
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
        if self._spool and self._places.spool is None and not self._spool_closed:
            self._places.spool_is_there(self._spool.place)
        if self._nothing_left and self._spool_is_done_with():
            self._places.leave_spool()
            self._spool_closed = True
        return False

    def _spool_is_done_with(self) -> bool:
        """Also of calls that ended since the thread looked: lines may still offer their rings again."""
        there, opened = self._places.spool, self._spool
        return there is not None and there.calls.idle and opened is not None and not opened.rows.calls()

    def status(self) -> dict[str, Any]:
        """For the control socket: whether the data disk is there, how many calls wait, and what a person must know.

        That it is full a check of the box's health tells (``health_checks.disk_check``).
        """
        spool = self._spool
        waiting = len(spool.rows.calls()) if spool else 0
        attention = [self._trouble] if self._trouble else []
        if not self._attached:
            why = self._away or ("" if self._trouble else "The data disk is being opened.")
            attention.append(f"{why} {_waiting(waiting)} in the spool.".lstrip())
        if self._spool_full:
            attention.append("The spool is full: no new call is recorded until the data disk is there and has room.")
        elif self._attached and waiting and not self._full:
            attention.append(f"{_waiting(waiting)} in the spool and will be taken in.")
        told = {"data_disk": "there" if self._attached else "away", "spooled": waiting, "attention": attention}
        return told | ({"state": "fault"} if self._spool_full else {})

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
        self._away = self._disk.look() or self._fails()
        if self._away:
            self._no_room = None  # perhaps another disk comes
        try:
            self._full = self._data is not None and not self._data.place.has_room()
            needed = self._full or self._data is None or bool(self._away)
            self._spool_full = needed and self._spool is not None and self._spool.store.is_full
            if not self._away and self._data is None:
                self._open()
            elif self._data and self._places.spool_wanted:
                self._open_spool()
            elif self._data and self._spool:
                self._take_in(self._spool.rows, self._data)
            elif self._data and self._maker.something_is_spooled():
                self._open_spool()
        except EarmarkError as error:
            if str(error) != self._trouble:
                _LOG.error("%s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""

    def _fails(self) -> str:
        """Why the data disk cannot be written, where there is doubt whether it can; a full one is none that fails."""
        if self._data and self._places.data_is_doubtful:
            try:
                self._data.store.must_be_writable()
            except StorageFull:
                return ""
            except StorageError as error:
                return str(error)
            self._places.data_was_tried()
        return ""

    def _open(self) -> None:
        if self._no_room and time.monotonic() < self._open_after:
            raise StorageFull(self._no_room.what, self._no_room.remedy)
        began = time.monotonic()
        try:
            data = self._maker.data(self._spool.rows if self._spool else None)
        except StorageFull as error:
            ended = time.monotonic()
            pause_s = min(_WITHOUT_ROOM_AGAIN * (ended - began), _WITHOUT_ROOM_AGAIN_S)
            self._no_room, self._open_after = error, ended + pause_s
            raise
        if self._spool:
            self._intake(self._spool.rows, data).tell()  # before anything newer is entered
        self._data = data

    def _open_spool(self) -> None:
        """For calls that the data disk has no room for; or what could not be read in it when the recorder started."""
        if self._spool is None or self._spool_closed:
            self._spool, self._nothing_left, self._spool_closed = self._maker.spool(), False, False

    def _take_in(self, rows: SpooledRows, data: DataPlace) -> None:
        intake = self._intake(rows, data)
        intake.tell()
        while not self._stop.is_set() and data.place.has_room() and not data.place.calls.owes and intake.take_next():
            pass
        if rows.calls() or self._stop.is_set():
            return
        if self._spool_closed:
            intake.emptied()
            remove_taken(self._maker.home)
            rows.forget_details()
            self._spool, self._nothing_left, self._spool_closed = None, False, False
            _LOG.info("everything that waited in the spool was taken in")
        else:
            self._nothing_left = True

    def _intake(self, rows: SpooledRows, data: DataPlace) -> SpoolIntake:
        shelf, settle = SpoolShelf(self._maker.home, rows), data.place.recovery.settle_before
        return SpoolIntake(shelf, data.catalogue, data.evidence, self._gate, settle, self._pace)

    def _pace(self, copied_bytes: int) -> bool:
        return not self._stop.wait(copied_bytes / _COPIED_PER_S)


def _waiting(count: int) -> str:
    if count == 1:
        return "1 call waits"
    return f"{count or 'No'} calls wait"
