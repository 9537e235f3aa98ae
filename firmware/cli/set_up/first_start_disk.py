"""The data disk of a box that is being set up: blank at first, encrypted by the process that may do that; or locked,
when a set-up was cut short between the two.
"""

from __future__ import annotations

from typing import Protocol

from firmware.adapters.control.client import ControlClient
from firmware.core.data_volume import VolumeState
from firmware.core.errors import ServiceAway

#: Hashing the pass phrase, and a file system on a terabyte behind USB.
PATIENCE_S = 300.0


class NewDisk(Protocol):
    """Any thread."""

    def is_blank(self) -> bool:
        """Whether there is one that was never encrypted."""
        ...

    def encrypt(self, pass_phrase: str) -> None:
        """Raises StorageError, ActionRefused: see ``DataVolume.format``."""
        ...

    def is_locked(self) -> bool:
        """Whether there is one that was encrypted, and is not open."""
        ...

    def unlock(self, pass_phrase: str) -> None:
        """Raises WrongDiskKey, TooBusy, StorageError: see ``DiskDoor.open``."""
        ...


class DiskOfTheBox:
    """By ``earmark box``, which runs as root. Elsewhere there is none, and recordings lie beside the settings."""

    def __init__(self, box: ControlClient) -> None:
        self._box = box

    def is_blank(self) -> bool:
        return self._is(VolumeState.BLANK)

    def is_locked(self) -> bool:
        return self._is(VolumeState.CLOSED)

    def encrypt(self, pass_phrase: str) -> None:
        self._box.post("/disk/format", {"pass_phrase": pass_phrase})

    def unlock(self, pass_phrase: str) -> None:
        self._box.post("/disk/first-open", {"pass_phrase": pass_phrase})

    def _is(self, state: VolumeState) -> bool:
        try:
            return bool(self._box.get("/disk")["state"] == state)
        except ServiceAway:
            return False
