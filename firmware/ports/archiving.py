"""What the catalogue keeps of the archive and of the backups, and what packs a backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firmware.ports.recording_store import StoredSegment


@dataclass(frozen=True)
class ClosedSegment:
    """A sealed file that will not change again. ``sha256``: what the evidence says it is."""

    stored: StoredSegment
    started_at_ms: int
    sha256: str
    size: int


@dataclass(frozen=True)
class ArchivedFile:
    """A file that was seen to lie in the archive.

    ``name``: its name there; ``local_path``: that of the sealed file below the data folder, if it is one, and
    ``recording_id`` whose it is.
    """

    name: str
    sha256: str
    size: int
    recording_id: str = ""
    local_path: str = ""


class ArchiveTables(Protocol):
    """Every method raises StorageError when the catalogue cannot be read or written."""

    def waiting(self, destination: str, since_ms: int, most: int) -> Sequence[ClosedSegment]:
        """Closed segments of recordings begun since, that are not known to lie at ``destination``, oldest first."""
        ...

    def note_archived(self, destination: str, files: Sequence[ArchivedFile], at_ms: int) -> None:
        """These were uploaded and verified."""
        ...

    def newest_name(self, destination: str, folder: str) -> str:
        """The last name, as names sort, of what is archived below a folder; empty when there is nothing."""
        ...

    def erased_there(self, destination: str, most: int) -> Sequence[str]:
        """Names of sealed files there whose recordings are erased here: noise that takes room."""
        ...

    def forget_archived(self, destination: str, name: str) -> None:
        """It was deleted there."""
        ...


class BackupTables(Protocol):
    """Of whole backups, or of keyslots that were sent after one.

    Every method raises StorageError when the catalogue cannot be read or written.
    """

    def note_begun(self, destination: str, name: str, begun_at_ms: int) -> None: ...

    def note_verified(self, destination: str, name: str, at_ms: int) -> None: ...

    def note_deleted(self, destination: str, name: str, at_ms: int) -> None: ...

    def last_verified_ms(self, destination: str) -> int:
        """When the newest backup that is known to lie there whole was begun, Unix ms; 0: there is none."""
        ...

    def last_verified(self, destination: str) -> str:
        """Its name; empty: there is none."""
        ...

    def kept(self, destination: str) -> Sequence[str]:
        """Names of backups that may lie there, oldest first."""
        ...


@dataclass(frozen=True)
class PackedBackup:
    """A sealed backup as a file. ``evidence_lines``: up to which line of the evidence it has what that tells of;
    ``keyslots``: how many are in it; ``erasures``: how many it knows of.
    """

    path: Path
    sha256: str
    size: int
    evidence_lines: int
    keyslots: int
    erasures: int


class BackupPacker(Protocol):
    def pack(self, name: str, begun_at_ms: int) -> PackedBackup:
        """Make the backup's file in a folder of the keeper's own.

        Raises:
            StorageError, ServiceAway: something that belongs into it cannot be had.
        """
        ...

    def discard(self) -> None:
        """Remove what an earlier packing left in that folder. Raises StorageError."""
        ...


class KeyslotPacker(Protocol):
    def pack(self, after_line: int, begun_at_ms: int) -> PackedBackup | None:
        """Make a file of the keyslots that the evidence tells of after a line; None when it tells of none.

        Raises:
            StorageError, NotSetUp: something of it cannot be read or written.
        """
        ...

    def discard(self) -> None:
        """Remove what an earlier packing left. Raises StorageError."""
        ...
