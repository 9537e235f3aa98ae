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
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pyrage

from firmware.adapters.archive.sealed_tar import KEYSLOTS, MANIFEST, add_file, recipients_of, seal_tar
from firmware.adapters.settings.atomic_storage import locked
from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.erasable_files import overwrite
from firmware.adapters.store.evidence_pieces import EvidencePieces
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.ports.archiving import PackedBackup

CATALOGUE, STATE, PEOPLE = "catalogue.db", "state", "people.age"


@dataclass
class _Counted:
    """What went into a backup."""

    evidence_lines: int = 0
    keyslots: int = 0
    erasures: int = 0


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
        people, counted, recipients = self._people(), _Counted(), recipients_of(self._home)
        with storage_errors("written", self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy, sealed = self._folder / CATALOGUE, self._folder / name
            self._copy_catalogue(copy)
            try:
                digest = seal_tar(lambda tar: self._fill(tar, copy, people, begun_at_ms, counted), sealed, recipients)
            finally:
                _wipe(copy)
            size = sealed.stat().st_size
        return PackedBackup(sealed, digest, size, counted.evidence_lines, counted.keyslots, counted.erasures)

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
        counted.evidence_lines = EvidencePieces(self._home).last_line()  # before the keyslots of which it tells
        manifest = {
            "earmark_backup": 1,
            "begun_at_ms": begun_at_ms,
            "evidence_lines": counted.evidence_lines,
            "erasures": {"known": counted.erasures, "newest_at_ms": row[1]},
        }
        add_file(tar, MANIFEST, json.dumps(manifest, indent=2).encode())
        for path in self._state_files():
            add_file(tar, f"{STATE}/{path.relative_to(self._home.state)}", path.read_bytes())
        add_file(tar, PEOPLE, people)
        for path in _keys_below(self._home.recordings):
            with suppress(FileNotFoundError):  # erased meanwhile
                content = path.read_bytes()
                if any(content):
                    add_file(tar, f"{KEYSLOTS}/{path.relative_to(self._home.recordings)}", content)
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
                add_file(tar, path.name, path.read_bytes())
    return bytes(pyrage.encrypt(packed.getvalue(), recipients_of(home)))


def _keys_below(recordings: Path) -> Iterator[Path]:
    """Keyslots, the folders in order."""
    for folder, folders, names in os.walk(recordings):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".key"))


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
