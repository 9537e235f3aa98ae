"""Opening a backup into a new data folder, with the recovery key."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from firmware.adapters.archive.sealed_backup import CATALOGUE, KEYSLOTS, MANIFEST, PEOPLE, STATE
from firmware.adapters.keys.private_files import make_private_folder, write_new
from firmware.adapters.store.durable_files import storage_errors
from firmware.core.errors import DamagedBackup
from firmware.core.home import Home

_KEYSLOT = re.compile(rf"{KEYSLOTS}/(\d{{4}}/\d\d/\d\d/([0-9a-f]{{32}})\.\d{{1,6}}\.(?:key|[0-9a-f]{{32}}\.grant))")
_STATE_FILE = re.compile(rf"{STATE}/((?:keys|prompts)/[A-Za-z0-9][A-Za-z0-9._-]{{0,80}}|settings\.json)")
_OF_PEOPLE = ("people.json", "recipients.json")


@dataclass(frozen=True)
class OpenedBackup:
    """What was in it. ``kept_erased``: keyslots of recordings that are erased; they were passed over."""

    begun_at_ms: int
    evidence_lines: int
    keyslots: int
    kept_erased: int


def open_backup(path: Path, home: Home, identity: pyrage.x25519.Identity, erased: Collection[str]) -> OpenedBackup:
    """Lay everything where it belongs in ``home``, which must be new. No keyslot or grant of an ``erased`` recording
    is ever written.

    Raises:
        DamagedBackup: this key does not open it, or it is not whole.
        StorageError: the folder cannot be written.
    """
    reader, writer = os.pipe()
    failure: list[Exception] = []

    def decrypt() -> None:
        try:
            with os.fdopen(writer, "wb") as clear, path.open("rb") as sealed:
                pyrage.decrypt_io(sealed, clear, [identity])
        except (pyrage.DecryptError, OSError) as error:
            failure.append(error)

    thread = threading.Thread(target=decrypt, name="backup")
    thread.start()
    unpacking = _Unpacking(home, identity, erased)
    try:
        with os.fdopen(reader, "rb") as clear, storage_errors("written", home.root):
            with tarfile.open(fileobj=clear, mode="r|gz") as tar:
                for entry in tar:
                    unpacking.take(tar, entry)
            while clear.read(1 << 16):  # the last of it is checked when it is read
                pass
    except (tarfile.TarError, EOFError, ValueError, KeyError, pyrage.DecryptError) as error:
        failure.append(error)
    thread.join()
    if failure or not unpacking.manifest:
        raise DamagedBackup(
            f"The backup {path.name} cannot be opened: this is not its recovery key, or it is not whole.",
            "Look whether a newer recovery key is kept, or take the backup before: --backup NAME",
        ) from (failure[0] if failure else None)
    return unpacking.opened


class _Unpacking:
    def __init__(self, home: Home, identity: pyrage.x25519.Identity, erased: Collection[str]) -> None:
        self._home = home
        self._identity = identity
        self._erased = erased
        self._keyslots = self._kept_erased = 0
        self.manifest: dict[str, Any] = {}

    @property
    def opened(self) -> OpenedBackup:
        lines, begun = int(self.manifest["evidence_lines"]), int(self.manifest["begun_at_ms"])
        return OpenedBackup(begun, lines, self._keyslots, self._kept_erased)

    def take(self, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> None:
        """Names decide where something goes; what has another name is none of ours, and left out."""
        file = tar.extractfile(entry)
        if file is None:
            return
        if entry.name == MANIFEST:
            self.manifest = json.loads(file.read())
        elif entry.name == CATALOGUE:
            self._copy(file, self._home.catalogue)
        elif entry.name == PEOPLE:
            self._take_people(file.read())
        elif match := _KEYSLOT.fullmatch(entry.name):
            self._take_key(match, file.read())
        elif match := _STATE_FILE.fullmatch(entry.name):
            self._copy(file, self._home.state / match[1])

    def _take_key(self, match: re.Match[str], content: bytes) -> None:
        if match[2] in self._erased:
            self._kept_erased += 1
            return
        self._copy(io.BytesIO(content), self._home.recordings / match[1])
        self._keyslots += match[1].endswith(".key")

    def _take_people(self, sealed: bytes) -> None:
        clear = io.BytesIO(pyrage.decrypt(sealed, [self._identity]))
        with tarfile.open(fileobj=clear) as tar:
            for entry in tar:
                if entry.name in _OF_PEOPLE and (file := tar.extractfile(entry)):
                    self._copy(file, self._home.state / entry.name)

    @staticmethod
    def _copy(file: Any, target: Path) -> None:
        make_private_folder(target.parent)
        with target.open("xb") as out:
            target.chmod(0o600)
            while piece := file.read(1 << 20):
                out.write(piece)


def seal_box_secret(home: Home, out: Path, recovery_key: pyrage.x25519.Recipient) -> None:
    """The box secret in a file of its own, for the recovery key alone. With it, old pass phrases hold on another box.

    Raises:
        NotSetUp, StorageError: it cannot be read, or the file be written.
    """
    write_new(out, pyrage.encrypt(home.box_secret.read_bytes(), [recovery_key]))
