"""The encrypted disk under the data folder, and the stick that may open it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from firmware.core.data_volume import KeyKind, VolumeKey, VolumeState


class DataVolume(Protocol):
    """Keys are what is given to the disk's key slots: a pass phrase's bytes, or a stick's. As root.

    Every method raises StorageError when the disk cannot be read or written, and MissingComponent without cryptsetup.
    """

    def state(self) -> VolumeState: ...

    def uuid(self) -> str:
        """By which a stick knows it. Empty when it is not encrypted yet."""
        ...

    def slots(self) -> Sequence[VolumeKey]: ...

    def format(self, key: bytes) -> None:
        """Encrypt it, with one pass phrase, and put a file system on it. What was on it is gone.

        Raises:
            ActionRefused: it is not blank.
        """
        ...

    def open(self, key: bytes | bytearray) -> None:
        """Unlock and mount it; nothing to do when that is so already. A disk that has grown is used whole.

        Raises:
            WrongDiskKey: no slot is opened by the key.
        """
        ...

    def close(self) -> None:
        """Unmount and lock it. Whoever still has files open on it can finish with those, and begin nothing new."""
        ...

    def add_key(self, known: bytes, new: bytes, kind: KeyKind) -> VolumeKey:
        """Raises WrongDiskKey: ``known`` opens nothing."""
        ...

    def remove_key(self, slot: int, known: bytes) -> None:
        """
        Raises:
            WrongDiskKey: ``known`` opens nothing.
            ActionRefused: it is the slot that ``known`` opens, or there is none of that number.
        """
        ...


class KeyStick(Protocol):
    """A USB stick with keys on it."""

    @property
    def is_in(self) -> bool: ...

    def key_for(self, uuid: str) -> bytearray | None:
        """The key of that disk; the caller wipes it. None: no stick, or it has none for this disk.

        Raises:
            StorageError: the stick cannot be read.
        """
        ...
