"""Opening a backup, and the keyslots that were sent after it, into a new data folder, with the recovery key."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.adapters.archive.sealed_backup import CATALOGUE, PEOPLE, STATE
from firmware.adapters.archive.sealed_tar import KEYSLOTS, MANIFEST, read_tar
from firmware.adapters.keys.device_key import parse_device_public_key
from firmware.adapters.keys.private_files import make_private_folder, write_new
from firmware.core.archive_names import KeyslotPiece, backup_name
from firmware.core.errors import DamagedBackup
from firmware.core.home import Home

_KEYSLOT = re.compile(rf"{KEYSLOTS}/(\d{{4}}/\d\d/\d\d/([0-9a-f]{{32}})\.\d{{1,6}}\.(?:key|[0-9a-f]{{32}}\.grant))")
_STATE_FILE = re.compile(rf"{STATE}/((?:keys|prompts)/[A-Za-z0-9][A-Za-z0-9._-]{{0,80}}|settings\.json)")
_DEVICE_KEY = re.compile(rf"{STATE}/keys/device(\.before-\d+)?\.pub")
_OF_PEOPLE = ("people.json", "recipients.json")


@dataclass(frozen=True)
class SurveyedBackup:
    """What is in a backup that is whole, before anything of it is laid anywhere. ``device_keys``: the public halves of
    the keys that this box signed with, and boxes that it was restored from; ``recordings``: whose keyslots it holds.
    """

    evidence_lines: int
    device_keys: tuple[tuple[str, Ed25519PublicKey], ...]
    recordings: frozenset[str]


@dataclass(frozen=True)
class OpenedBackup:
    """What was in it. ``kept_erased``: keyslots of recordings that are erased; they were passed over."""

    begun_at_ms: int
    evidence_lines: int
    keyslots: int
    kept_erased: int


def survey_backup(path: Path, identity: pyrage.x25519.Identity) -> SurveyedBackup:
    """Read all of it; of keyslots sent after one, too.

    Raises:
        DamagedBackup: this key does not open it, it is not whole, or it is another than its name says.
    """
    manifest: dict[str, Any] = {}
    device_keys: list[tuple[str, Ed25519PublicKey]] = []
    recordings: set[str] = set()

    def take(name: str, file: IO[bytes]) -> None:
        if name == MANIFEST:
            manifest.update(json.loads(file.read()))
        elif match := _KEYSLOT.fullmatch(name):
            recordings.add(match[2])
        elif _DEVICE_KEY.fullmatch(name):
            device_keys.append(parse_device_public_key(file.read(), Path(name)))

    read_tar(path, identity, take)
    if path.name != _name_in(manifest):
        raise DamagedBackup(
            f"The backup {path.name} is not the one that was made under this name.",
            "Somebody renamed it or put another in its place: take the backup before: --backup NAME",
        )
    return SurveyedBackup(int(manifest["evidence_lines"]), tuple(device_keys), frozenset(recordings))


def open_backup(path: Path, home: Home, identity: pyrage.x25519.Identity, erased: Collection[str]) -> OpenedBackup:
    """Lay everything where it belongs in ``home``, which must be new. No keyslot or grant of an ``erased`` recording
    is ever written.

    Raises:
        DamagedBackup: this key does not open it, or it is not whole.
        StorageError: the folder cannot be written.
    """
    unpacking = _Unpacking(home, identity, erased)
    read_tar(path, identity, unpacking.take)
    lines, begun = int(unpacking.manifest["evidence_lines"]), int(unpacking.manifest["begun_at_ms"])
    return OpenedBackup(begun, lines, unpacking.keyslots, unpacking.kept_erased)


def add_keyslots(
    path: Path, home: Home, identity: pyrage.x25519.Identity, erased: Collection[str], *, replace: bool
) -> int:
    """Lay keyslots that were sent after a backup beside those that were in it; returns how many are new.

    Args:
        replace: those that are there already, too, as they are here.

    Raises:
        DamagedBackup, StorageError: as ``open_backup``.
    """
    unpacking = _Unpacking(home, identity, erased, replace=replace)

    def take(name: str, file: IO[bytes]) -> None:
        if name.startswith(f"{KEYSLOTS}/"):
            unpacking.take(name, file)

    read_tar(path, identity, take)
    return unpacking.keyslots


def _name_in(manifest: dict[str, Any]) -> str:
    begun_at_ms = int(manifest.get("begun_at_ms", 0))
    if "earmark_keyslots" in manifest:
        return KeyslotPiece(begun_at_ms, int(manifest["after_line"]) + 1, int(manifest["evidence_lines"])).name
    return backup_name(begun_at_ms)


class _Unpacking:
    def __init__(
        self, home: Home, identity: pyrage.x25519.Identity, erased: Collection[str], *, replace: bool = False
    ) -> None:
        self._home = home
        self._identity = identity
        self._erased = erased
        self._replace = replace
        self.keyslots = self.kept_erased = 0
        self.manifest: dict[str, Any] = {}

    def take(self, name: str, file: IO[bytes]) -> None:
        """Names decide where something goes; what has another name is none of ours, and left out."""
        if name == MANIFEST:
            self.manifest = json.loads(file.read())
        elif name == CATALOGUE:
            self._copy(file, self._home.catalogue)
        elif name == PEOPLE:
            self._take_people(file.read())
        elif match := _KEYSLOT.fullmatch(name):
            self._take_key(match, file)
        elif match := _STATE_FILE.fullmatch(name):
            self._copy(file, self._home.state / match[1])

    def _take_key(self, match: re.Match[str], file: IO[bytes]) -> None:
        if match[2] in self._erased:
            self.kept_erased += 1
            return
        target = self._home.recordings / match[1]
        is_new = not target.exists()
        if self._replace:
            target.unlink(missing_ok=True)
        if is_new or self._replace:
            self._copy(file, target)
        self.keyslots += is_new and target.suffix == ".key"

    def _take_people(self, sealed: bytes) -> None:
        clear = io.BytesIO(pyrage.decrypt(sealed, [self._identity]))
        with tarfile.open(fileobj=clear) as tar:
            for entry in tar:
                if entry.name in _OF_PEOPLE and (file := tar.extractfile(entry)):
                    self._copy(file, self._home.state / entry.name)

    @staticmethod
    def _copy(file: IO[bytes], target: Path) -> None:
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
