"""Keyslots that get a new content in their place, beside which it lies first: ``<id>.<segment>.key.new``."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from firmware.adapters.sealing.keyslot import KEYSLOT_BYTES, erase_keyslot, is_keyslot
from firmware.adapters.store.durable_files import key_mode, replace_file, storage_errors, sync_file_system, write_all
from firmware.adapters.store.recording_files import day_folders
from firmware.core.home import Home
from firmware.ports.office_keys import RewrappedSlot

_BESIDE = ".new"


class RewrappedKeyslots:
    """``KeyslotStore`` over one data folder. Names are paths below ``recordings``."""

    def __init__(self, home: Home) -> None:
        self._recordings = home.recordings

    def names(self, after: str) -> Iterator[str]:
        for day in self._days():
            if day >= str(Path(after).parent):
                names = sorted(path.name for path in (self._recordings / day).glob("*.key"))
                yield from (f"{day}/{name}" for name in names if f"{day}/{name}" > after)

    def read(self, name: str) -> bytes:
        path = self._recordings / name
        with storage_errors("read", path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return b""

    def keep_beside(self, new: Sequence[tuple[str, bytes]]) -> None:
        with storage_errors("written", self._recordings):
            for name, content in new:
                path = self._recordings / f"{name}{_BESIDE}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
                file = os.open(path, flags, key_mode(path.parent))
                try:
                    write_all(file, content)
                finally:
                    os.close(file)
            self._flush()

    def beside(self) -> Sequence[RewrappedSlot]:
        found = []
        for path in sorted(self._recordings.glob(f"[0-9]*/*/*/*.key{_BESIDE}")):
            content, place = path.read_bytes(), path.with_suffix("")
            old = self.read(str(place.relative_to(self._recordings)))
            if is_keyslot(content) and any(old):  # one that is being erased is neither a keyslot nor empty
                recording, segment, *_ = path.name.split(".")
                found.append(RewrappedSlot(recording, int(segment), _digest(old), _digest(content)))
            else:
                erase_keyslot(path)
        return found

    def put_in_place(self, slots: Sequence[RewrappedSlot]) -> None:
        beside = [path for slot in slots if (path := self._beside(slot)) is not None]
        with storage_errors("overwritten", self._recordings):
            for path in beside:
                _overwrite(path.with_suffix(""), path.read_bytes())
            self._flush()
        for path in beside:
            erase_keyslot(path)

    def _beside(self, slot: RewrappedSlot) -> Path | None:
        name = f"{slot.recording_id}.{slot.segment}.key{_BESIDE}"
        paths = (folder / name for folder in day_folders(self._recordings, slot.recording_id))
        return next((path for path in paths if path.exists()), None)

    def _days(self) -> Iterable[str]:
        return sorted(str(day.relative_to(self._recordings)) for day in self._recordings.glob("[0-9]*/[0-9]*/[0-9]*"))

    def _flush(self) -> None:
        folder = os.open(self._recordings, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sync_file_system(folder)
        finally:
            os.close(folder)


class RewrapFile:
    """``RewrapJournal`` as a small file; without it there is nothing to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def position(self) -> str | None:
        noted = self._read()
        return None if noted is None else noted["after"]

    def waiting_key(self) -> str:
        return (self._read() or {}).get("recovery_key", "")

    def begin(self, recovery_key: str) -> None:
        replace_file(self._path, json.dumps({"after": "", "recovery_key": recovery_key}).encode())

    def note(self, position: str | None) -> None:
        if position is not None:
            replace_file(self._path, json.dumps({"after": position}).encode())
            return
        with storage_errors("removed", self._path):
            self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, str] | None:
        with storage_errors("read", self._path):
            try:
                noted: dict[str, str] = json.loads(self._path.read_bytes())
            except FileNotFoundError:
                return None
        return noted


def _overwrite(path: Path, content: bytes) -> None:
    """In its own blocks, and never one that was erased: the lock says who of both comes first."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if any(os.pread(file, KEYSLOT_BYTES, 0)):
            os.pwrite(file, content, 0)
    finally:
        os.close(file)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
