"""Opening the data disk: by a person's pass phrase, by a stick that is put in, and what comes with it.

While it is closed, phones, recording and sign-in work from the state partition, and recordings wait in the spool.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from firmware.core.data_volume import VolumeState
from firmware.core.errors import EarmarkError, TooBusy, WrongDiskKey
from firmware.core.sign_in_attempts import Attempts, LockOutRules
from firmware.ports.clock import Clock
from firmware.ports.data_volume import DataVolume, KeyStick

_LOOK_EVERY_S = 2.0
_LOG = logging.getLogger(__name__)
#: Each try takes a second or two of Argon2id besides.
_RULES = LockOutRules(failures_allowed=20, locked_ms=10 * 60_000)


class DiskDoor:
    """Any thread; one thing is done at a time.

    Args:
        opened: called when the disk has just been opened: its files get their owners.
    """

    def __init__(
        self,
        volume: DataVolume,
        stick: KeyStick,
        clock: Clock,
        opened: Callable[[], None],
    ) -> None:
        self._volume = volume
        self._stick = stick
        self._clock = clock
        self._opened = opened
        self._one_at_a_time = threading.Lock()
        self._attempts = Attempts()
        self._stick_tried = False
        self._trouble = ""

    def open(self, key: bytes | bytearray) -> None:
        """With what a person typed.

        Raises:
            WrongDiskKey: it opens nothing.
            TooBusy: too many keys were wrong lately.
            StorageError, ActionRefused: as ``DataVolume.open``.
        """
        with self._one_at_a_time:
            now_ms = round(self._clock.monotonic_s() * 1000)
            if (wait_ms := self._attempts.wait_ms(now_ms)) > 0:
                raise TooBusy(
                    "Too many wrong pass phrases for the data disk.", f"Try again in {-(-wait_ms // 1000)} seconds."
                )
            try:
                self._let_in(key)
            except WrongDiskKey:
                self._attempts = self._attempts.failed(now_ms, _RULES)
                raise
            self._attempts = Attempts()

    def format(self, key: bytes | bytearray) -> None:
        """Encrypt a blank disk. Raises ActionRefused: it is not blank."""
        with self._one_at_a_time:
            self._volume.format(bytes(key))
            self._opened()

    def close(self) -> None:
        """It stays closed until a person opens it, or the stick is put in anew. Raises StorageError."""
        with self._one_at_a_time:
            self._stick_tried = self._stick.is_in
            self._volume.close()
            _LOG.info("the data disk is closed: calls are recorded to the spool")

    def look_for_the_stick(self) -> None:
        """Once each second or two: a stick that was put in opens the disk; it is tried once."""
        if not self._stick.is_in:
            self._stick_tried = False
            return
        if self._stick_tried or not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            self._try_the_stick()
        finally:
            self._one_at_a_time.release()

    def status(self) -> dict[str, Any]:
        """For people and processes: nothing of it is secret. Raises as ``DataVolume``."""
        state = self._volume.state()
        return {"state": state.value, "stick": "in" if self._stick.is_in else "out", "trouble": self._trouble}

    def _try_the_stick(self) -> None:
        try:
            if self._volume.state() is not VolumeState.CLOSED:
                return
            self._stick_tried = True
            key = self._stick.key_for(self._volume.uuid())
            if key is None:
                self._trouble = "The stick that is in has no key of this data disk."
                return
            try:
                self._let_in(key)
            finally:
                key[:] = bytes(len(key))
        except EarmarkError as error:
            self._trouble = str(error)
            _LOG.error("the stick did not open the data disk: %s", error)

    def _let_in(self, key: bytes | bytearray) -> None:
        was_open = self._volume.state() is VolumeState.OPEN
        self._volume.open(key)
        self._trouble = ""
        if not was_open:
            self._opened()
            _LOG.info("the data disk is open")


class StickWatch:
    """A thread that looks for the stick. ``check`` is for the main thread."""

    def __init__(self, door: DiskDoor) -> None:
        self._door = door
        self._failure: BaseException | None = None
        self._never = threading.Event()
        self._thread = threading.Thread(target=self._run, name="key-stick", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raises what the thread ended with."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            while not self._never.wait(_LOOK_EVERY_S):
                self._door.look_for_the_stick()
        except Exception as error:  # noqa: BLE001 - the thread's root: the main thread ends the process with it
            _LOG.exception("the watch for the key stick failed")
            self._failure = error
