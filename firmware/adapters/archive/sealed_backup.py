"""The backup: a tar, gzipped, as one age file to the office key and the recovery key.

=====================  ===================================================================================
``manifest.json``      when it was begun, how many lines the evidence log had, which erasures it knows of
``keyslots/…``         every keyslot, by its path below ``recordings/``
``catalogue.db``       a consistent copy, made by SQLite's own backup
``state/…``            settings, public keys, the office's own prompts
``people.age``         people and recipients, sealed by the opener: the keeper cannot read them
=====================  ===================================================================================

Not in it: the box secret, the device's signing key, the page's certificate. A box that is restored makes new ones. Nor
are grants in it: a restore must not bring back what a director had ended since.

With standard tools::

    age --decrypt -i identity.txt BACKUP | tar --extract --gzip
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyrage

from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import parse_recipient
from firmware.adapters.settings.atomic_storage import locked
from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.erasable_files import overwrite
from firmware.adapters.store.evidence_pieces import EvidencePieces
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.ports.archiving import PackedBackup

MANIFEST, KEYSLOTS, CATALOGUE, STATE, PEOPLE = "manifest.json", "keyslots", "catalogue.db", "state", "people.age"
_PIPE_BYTES = 1 << 16


@dataclass
class _Counted:
    """What went into a backup."""

    keyslots: int = 0
    erasures: int = 0
    failure: list[BaseException] = field(default_factory=list)


class SealedBackup:
    """``BackupPacker`` over one data folder.

    Args:
        people: the people and recipients as the opener seals them. Raises ServiceAway.
    """

    def __init__(self, home: Home, people: Callable[[], bytes]) -> None:
        self._home = home
        self._folder = home.keeper / "backup"
        self._people = people

    def pack(self, name: str, begun_at_ms: int) -> PackedBackup:
        people, counted, recipients = self._people(), _Counted(), _recipients(self._home)
        with storage_errors("written", self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy, sealed = self._folder / CATALOGUE, self._folder / name
            self._copy_catalogue(copy)
            try:
                with sealed.open("xb") as out:
                    sealed.chmod(0o600)
                    _seal(lambda tar: self._fill(tar, copy, people, begun_at_ms, counted), out, recipients, counted)
                    out.flush()
                    os.fsync(out.fileno())
            finally:
                _wipe(copy)
            with sealed.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return PackedBackup(sealed, digest, sealed.stat().st_size, counted.keyslots, counted.erasures)

    def discard(self) -> None:
        with storage_errors("removed", self._folder):
            for path in sorted(self._folder.glob("*")):
                if path.name.startswith(CATALOGUE):
                    _wipe(path)
                else:
                    path.unlink()

    def _fill(self, tar: tarfile.TarFile, copy: Path, people: bytes, begun_at_ms: int, counted: _Counted) -> None:
        with closing(sqlite3.connect(copy)) as catalogue:
            row = catalogue.execute("SELECT count(*), max(erased_at_ms) FROM erasures").fetchone()
        counted.erasures = int(row[0])
        manifest = {
            "earmark_backup": 1,
            "begun_at_ms": begun_at_ms,
            "evidence_lines": EvidencePieces(self._home).last_line(),
            "erasures": {"known": counted.erasures, "newest_at_ms": row[1]},
        }
        _add(tar, MANIFEST, json.dumps(manifest, indent=2).encode())
        for path in self._state_files():
            _add(tar, f"{STATE}/{path.relative_to(self._home.state)}", path.read_bytes())
        _add(tar, PEOPLE, people)
        for path in _keys_below(self._home.recordings):
            with suppress(FileNotFoundError):  # erased meanwhile
                content = path.read_bytes()
                if any(content):
                    _add(tar, f"{KEYSLOTS}/{path.relative_to(self._home.recordings)}", content)
                    counted.keyslots += path.suffix == ".key"
        tar.add(copy, CATALOGUE, filter=_anonymous)

    def _state_files(self) -> Iterator[Path]:
        yield self._home.settings_file
        yield from sorted(self._home.keys.glob("*.pub"))
        yield from sorted(path for path in self._home.prompts.glob("*") if path.is_file())

    def _copy_catalogue(self, copy: Path) -> None:
        try:
            source = sqlite3.connect(f"{self._home.catalogue.as_uri()}?mode=ro", uri=True)
            with closing(source), closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        except sqlite3.Error as error:
            raise StorageError(
                f"The catalogue cannot be copied for the backup: {error}.", "Check the data disk: earmark doctor"
            ) from error


def seal_people(home: Home) -> bytes:
    """People and recipients for a backup, made by the opener, which alone may read them. Raises StorageError."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar, storage_errors("read", home.state):
        for path in (home.people_file, home.recipients_file):
            with locked(path):  # what is overwritten in this moment must not be read
                _add(tar, path.name, path.read_bytes())
    return bytes(pyrage.encrypt(packed.getvalue(), _recipients(home)))


def _recipients(home: Home) -> list[pyrage.x25519.Recipient]:
    keys = PublicKeyFiles(home).read()
    return [parse_recipient(keys.office, "office"), parse_recipient(keys.recovery, "recovery")]


def _seal(
    fill: Callable[[tarfile.TarFile], None],
    out: IO[bytes],
    recipients: list[pyrage.x25519.Recipient],
    counted: _Counted,
) -> None:
    """Write the tar that ``fill`` fills into ``out``, sealed; nothing of it lies on the disk in clear."""
    reader, writer = os.pipe()

    def feed() -> None:
        try:
            with os.fdopen(writer, "wb", _PIPE_BYTES) as pipe, tarfile.open(fileobj=pipe, mode="w|gz") as tar:
                fill(tar)
        except BaseException as error:  # noqa: BLE001 - a thread's root: handed to whoever waits for it
            counted.failure.append(error)

    thread = threading.Thread(target=feed, name="backup tar")
    thread.start()
    with os.fdopen(reader, "rb", _PIPE_BYTES) as pipe:
        pyrage.encrypt_io(pipe, out, recipients)
    thread.join()
    if counted.failure:
        raise counted.failure[0]


def _keys_below(recordings: Path) -> Iterator[Path]:
    """Keyslots, the folders in order."""
    for folder, folders, names in os.walk(recordings):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".key"))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _wipe(path: Path) -> None:
    """A copy of the catalogue names people who may be erased later: what was its is not left on the disk."""
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")):
        if each.exists():
            overwrite(each)
            with each.open("rb") as file:
                os.fdatasync(file.fileno())
            each.unlink()
