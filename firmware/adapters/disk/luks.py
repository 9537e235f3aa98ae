"""The data disk as a LUKS2 volume, by the cryptsetup command (cryptsetup(8)). As root."""

from __future__ import annotations

import json
import logging
import mmap
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from firmware.adapters.disk.commands import in_memory, must_run, run
from firmware.adapters.disk.mounted import Mounted
from firmware.adapters.supervision.system_command import Done
from firmware.core.data_volume import (
    KeyKind,
    VolumeKey,
    VolumeState,
    cipher_for,
    hashing_memory_kib,
    keys_of,
    token,
    tokens_of,
)
from firmware.core.errors import ActionRefused, StorageError, WrongDiskKey

_LOG = logging.getLogger(__name__)

#: By what the image calls the partition; a box whose partitions have no names says in this variable what it is.
DEVICE_VARIABLE = "EARMARK_DATA_DEVICE"
DEVICE = Path("/dev/disk/by-partlabel/earmark-data")
MAPPED = "earmark-data"

# cryptsetup(8), "RETURN CODES".
_NO_PERMISSION, _NO_MEMORY = 2, 3
# e2fsck(8), "EXIT CODE".
_REPAIRED, _LEFT_UNREPAIRED = 1, 4
_REPAIRED_WITHIN_S = 3600.0
_HASHED_WITHIN_MS = 2000
_LET_GO_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.1
# A stick's key is 64 random bytes: nobody can try so many, however fast each try is.
_CHEAP = ("--pbkdf", "argon2id", "--pbkdf-force-iterations", "4", "--pbkdf-memory", "32", "--pbkdf-parallel", "1")


def data_device() -> Path:
    return Path(os.environ.get(DEVICE_VARIABLE) or DEVICE)


class LuksVolume:
    """``DataVolume`` on one block device."""

    def __init__(
        self,
        device: Path,
        mounted: Mounted,
        let_go: Callable[[], None] = lambda: None,
        mapped: str = MAPPED,
        cpuinfo: Path = Path("/proc/cpuinfo"),
    ) -> None:
        """
        Args:
            let_go: has whoever holds files of the disk open let go of them, now or in a moment.
        """
        self._device = device
        self._mounted = mounted
        self._let_go = let_go
        self._mapped = mapped
        self._cpuinfo = cpuinfo

    def state(self) -> VolumeState:
        if self._mapping.exists() and self._mounted.is_there() and self._answers():
            return VolumeState.OPEN
        if not self._device.exists():
            return VolumeState.MISSING if self._was_chosen() else VolumeState.NONE
        return VolumeState.CLOSED if self._is_luks() else VolumeState.BLANK

    def uuid(self) -> str:
        done = run("cryptsetup", "luksUUID", str(self._device))
        return "" if done.code else done.out.strip()

    def slots(self) -> Sequence[VolumeKey]:
        return keys_of(self._metadata())

    def format(self, key: bytes) -> None:
        if self.state() is not VolumeState.BLANK:
            raise ActionRefused(
                f"{self._device} is not blank: nothing was changed.",
                "If what is on it may go, wipe it first: wipefs --all.",
            )
        cipher = cipher_for(self._cpuinfo.read_text(encoding="ascii", errors="replace"))
        must_run(
            "encrypted",
            *("cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--label", self._mapped),
            *("--cipher", cipher.name, "--key-size", str(cipher.key_bits), "--sector-size", "4096"),
            *(*_hashing(), "--key-file=-", str(self._device)),
            secret=key,
        )
        self._note(0, KeyKind.PHRASE)
        self._unlock(key)
        # inline_data would keep copies of erased keyslots in the journal.
        must_run("formatted", "mke2fs", "-q", "-t", "ext4", "-O", "^inline_data", "-m", "1", str(self._mapping))
        self._mounted.mount(self._mapping)

    def open(self, key: bytes | bytearray) -> None:
        if self.state() is VolumeState.OPEN:
            return
        self._must_be_encrypted()
        self._drop_what_is_left()
        self._unlock(key)
        try:
            self._check()
            self._mounted.mount(self._mapping)
        except StorageError:
            self._lock()
            raise
        # The mapping takes all of a device that has grown; the file system is told, too. Nothing to do is no trouble,
        # and what cannot be grown is open all the same.
        grown = run("resize2fs", str(self._mapping), package="e2fsprogs")
        if grown.code:
            _LOG.error("the data disk's file system does not take the room that is there: %s", grown.said)

    def close(self) -> None:
        self._mounted.unmount()
        if self._mapping.exists():
            self._let_go()
            self._lock()

    def add_key(self, known: bytes, new: bytes, kind: KeyKind) -> VolumeKey:
        self._must_be_encrypted()
        before = {key.slot for key in self.slots()}
        hashing = _CHEAP if kind is KeyKind.STICK else _hashing()
        with in_memory(new) as file:
            self._with_known(
                *("cryptsetup", "luksAddKey", "--batch-mode", *hashing, "--key-file=-"),
                *(str(self._device), f"/proc/self/fd/{file}"),
                secret=known,
                files=(file,),
            )
        (slot,) = {key.slot for key in self.slots()} - before
        self._note(slot, kind)
        return next(key for key in self.slots() if key.slot == slot)

    def remove_key(self, slot: int, known: bytes) -> None:
        self._must_be_encrypted()
        if slot not in {key.slot for key in self.slots()}:
            raise ActionRefused(
                f"The data disk has no key number {slot}.", "Look which there are: earmark disk status."
            )
        if self._opens(known, slot):
            raise ActionRefused(
                "That is the very key that was given: without it the disk might never be opened again.",
                "Give another key of the disk, then remove this one.",
            )
        for number in tokens_of(self._metadata(), slot):
            must_run("changed", "cryptsetup", "token", "remove", "--token-id", str(number), str(self._device))
        self._with_known("cryptsetup", "luksKillSlot", "--key-file=-", str(self._device), str(slot), secret=known)

    @property
    def _mapping(self) -> Path:
        return Path("/dev/mapper") / self._mapped

    def _was_chosen(self) -> bool:
        """Whether this box is to have a data disk of its own: it had one, or was told which."""
        return bool(os.environ.get(DEVICE_VARIABLE))

    def _is_luks(self) -> bool:
        return run("cryptsetup", "isLuks", "--type", "luks2", str(self._device)).code == 0

    def _must_be_encrypted(self) -> None:
        state = self.state()
        if state in (VolumeState.NONE, VolumeState.MISSING):
            raise StorageError(f"There is no data disk at {self._device}.", "Plug it in.")
        if state is VolumeState.BLANK:
            raise ActionRefused(f"{self._device} is not encrypted yet.", "Format it: earmark disk format.")

    def _metadata(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            must_run("read", "cryptsetup", "luksDump", "--dump-json-metadata", str(self._device))
        )
        return told

    def _unlock(self, key: bytes | bytearray) -> None:
        self._with_known(
            *("cryptsetup", "open", "--type", "luks2", "--key-file=-", str(self._device), self._mapped), secret=key
        )

    def _opens(self, key: bytes, slot: int) -> bool:
        done = run(
            *("cryptsetup", "open", "--test-passphrase", "--key-slot", str(slot), "--key-file=-", str(self._device)),
            secret=key,
        )
        return done.code == 0

    def _with_known(self, *command: str, secret: bytes | bytearray, files: tuple[int, ...] = ()) -> None:
        done = run(*command, secret=secret, files=files)
        if done.code == _NO_PERMISSION:
            raise WrongDiskKey(
                "That does not open the data disk.",
                "Type the disk's own pass phrase, which is nobody's sign-in; or put in its stick.",
            )
        if done.code == _NO_MEMORY:
            raise StorageError(
                "There is not enough memory to try the key.", "Wait until fewer calls are in progress, then try again."
            )
        if done.code:
            raise StorageError(
                f"The data disk cannot be opened: {done.said or f'cryptsetup ended with {done.code}'}.",
                "Check that it is plugged in and sound (dmesg, smartctl).",
            )

    def _drop_what_is_left(self) -> None:
        """Of a disk that was pulled out while it was open: a mapping to nothing. Two of one disk cannot be."""
        self.close()
        if self._mapping.exists():
            raise StorageError(
                "The data disk was gone, and some process still has files of it open.", "Try again in a minute."
            )

    def _lock(self) -> None:
        """Who still has a file open has some seconds to let go; the disk is locked when the last one has."""
        if run("cryptsetup", "close", self._mapped).code == 0:
            return
        must_run("locked", "cryptsetup", "close", "--deferred", self._mapped)
        until_s = time.monotonic() + _LET_GO_WITHIN_S
        while self._mapping.exists() and time.monotonic() < until_s:
            time.sleep(_LOOK_EVERY_S)  # nothing tells of it but udev, which not every machine has

    def _answers(self) -> bool:
        """Whether what is mounted can be read and written still: of a disk that was pulled out all that lasts is what
        the kernel remembers."""
        if not self._mounted.is_writable():
            return False
        try:
            mapping = os.open(self._mapping, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
            try:
                with mmap.mmap(-1, mmap.PAGESIZE) as page:  # O_DIRECT wants an aligned buffer
                    return os.readv(mapping, [page]) > 0
            finally:
                os.close(mapping)
        except OSError:
            return False

    def _check(self) -> None:
        """What a pulled plug left is repaired; and what is worse as well, for nobody can sign in at a box's console to
        say that it may be. Files that lost their name are in lost+found then, and missed by the next scrub.
        """
        done = self._repaired("-p")
        if done.code & _LEFT_UNREPAIRED:
            _LOG.error("the data disk's file system is damaged, and repaired as far as it can be: %s", done.said)
            done = self._repaired("-y")
        if done.code > _REPAIRED:
            raise StorageError(
                f"The data disk's file system is damaged: {done.said or done.out.strip()}.",
                "Calls are recorded to the spool meanwhile. Put in another disk, and restore the backup to it.",
            )

    def _repaired(self, how: str) -> Done:
        return run("e2fsck", how, str(self._mapping), package="e2fsprogs", patience_s=_REPAIRED_WITHIN_S)

    def _note(self, slot: int, kind: KeyKind) -> None:
        today = date.today()  # noqa: DTZ011 - a date for people, by the box's own day
        must_run(
            "changed",
            *("cryptsetup", "token", "import", "--json-file", "-", str(self._device)),
            secret=json.dumps(token(slot, kind, today)).encode(),
        )


def _hashing() -> tuple[str, ...]:
    memory_kib = 0
    with suppress(OSError):
        memory_kib = hashing_memory_kib(Path("/proc/meminfo").read_text(encoding="ascii"))
    limits = ("--pbkdf-memory", str(memory_kib)) if memory_kib else ()
    return ("--pbkdf", "argon2id", "--iter-time", str(_HASHED_WITHIN_MS), "--pbkdf-parallel", "1", *limits)
