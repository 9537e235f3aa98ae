"""Which backup an office is restored from: what the evidence says was made, and not what somebody put there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyrage

from firmware.adapters.archive.opened_backup import SurveyedBackup, add_keyslots, survey_backup
from firmware.cli.restore.evidence import JudgedEvidence
from firmware.core.archive_names import KeyslotPiece, read_backup_name, read_keyslots_name
from firmware.core.errors import DamagedBackup, StorageAway
from firmware.core.home import Home
from firmware.core.vouched_log import ToldLine
from firmware.ports.remote_storage import RemoteStorage


@dataclass(frozen=True)
class SentKeyslots:
    """Keyslots that were sent after the backup. ``recordings``: whose they are."""

    path: Path
    recordings: frozenset[str]


class BackupShelf:
    """The backups of one office, where they lie, and what of them was fetched."""

    def __init__(self, storage: RemoteStorage, fetched: Path, identity: pyrage.x25519.Identity) -> None:
        self._storage = storage
        self._fetched = fetched
        self._identity = identity
        self._names = [each.name for each in storage.listed()]

    def newest(self) -> str:
        """Raises StorageAway: there is none."""
        names = self._backups()
        if not names:
            raise StorageAway(
                f"There is no backup in {self._storage.shown}.", "Look at the remote's options and folder."
            )
        return names[-1]

    def fetch(self, name: str, told: ToldLine | None) -> Path:
        """Have a backup, which is to be what was told of it.

        Raises:
            StorageAway, StorageError: as they say.
            DamagedBackup: it is another.
        """
        path = self._fetch([name])[0]
        if told is not None and told.line.subject.get("sha256") != (found := _digest(path)):
            raise DamagedBackup(
                f"The backup {name} is not the one that was made: its SHA-256 is {found[:16]}…, and line "
                f"{told.line.number} of the evidence says {told.line.subject.get('sha256', '')[:16]}….",
                self._instead_of(name),
            )
        return path

    def survey(self, path: Path) -> SurveyedBackup:
        return survey_backup(path, self._identity)

    def must_be_told_of(self, name: str) -> DamagedBackup:
        """What to say of a newest backup that no line of evidence tells of."""
        return DamagedBackup(
            f"No line of the evidence that left the box tells of the newest backup, {name}: the box was lost before "
            "the line had left it, or somebody put the backup there.",
            f"If it was made by the box, restore from it: --backup {name}. {self._instead_of(name)}",
        )

    def keyslots_after(self, line: int, evidence: JudgedEvidence) -> tuple[Sequence[SentKeyslots], Sequence[str]]:
        """What was sent since, oldest first, and what of it is not taken, and why: in sentences."""
        pieces = sorted(piece for name in self._names if (piece := _later(name, line)) is not None)
        taken, troubles = [], []
        paths = self._fetch([piece.name for _, piece in pieces])
        for path in paths:
            told = evidence.told_of(path.name)
            if told is not None and told.line.subject.get("sha256") != _digest(path):
                troubles.append(f"{path.name} is not what line {told.line.number} of the evidence says was sent.")
                continue
            try:
                taken.append(SentKeyslots(path, self.survey(path).recordings))
            except DamagedBackup as error:
                troubles.append(error.what)
        return taken, troubles

    def lay_keyslots(self, sent: SentKeyslots, draft: Home, erased: frozenset[str], evidence: JudgedEvidence) -> int:
        """How many are new. Only what a checkpoint vouches for may replace a keyslot that the backup has."""
        told = evidence.told_of(sent.path.name)
        replace = told is not None and told.is_vouched(evidence.vouched)
        return add_keyslots(sent.path, draft, self._identity, erased, replace=replace)

    def _backups(self) -> list[str]:
        return sorted(name for name in self._names if read_backup_name(name) is not None)

    def _instead_of(self, name: str) -> str:
        older = [each for each in self._backups() if each < name]
        return f"Or take the one before it: --backup {older[-1]}" if older else "There is none before it."

    def _fetch(self, names: Sequence[str]) -> list[Path]:
        self._storage.fetch(names, self._fetched)
        return [self._fetched / name for name in names]


def _later(name: str, line: int) -> tuple[tuple[int, int], KeyslotPiece] | None:
    piece = read_keyslots_name(name)
    return ((piece.first, piece.last), piece) if piece is not None and piece.last > line else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
