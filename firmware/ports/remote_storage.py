"""Storage elsewhere, as the archive and the backups need it: put there, prove that it is there, fetch, delete."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Uploaded:
    """What became of an upload. ``verified``: the names of files that lie there byte for byte, each looked at after
    the upload. ``problem``: in words fit to show, why the others do not; empty when all are there.
    """

    verified: frozenset[str]
    problem: str = ""


@dataclass(frozen=True)
class RemoteFile:
    """``name``: its path below the storage's folder."""

    name: str
    size: int


class RemoteStorage(Protocol):
    """One folder of the office's own storage. Names are paths below it, with ``/`` between."""

    @property
    def identity(self) -> str:
        """Which storage this is, as the catalogue notes it. It changes with its address, not with a password."""
        ...

    @property
    def shown(self) -> str:
        """The storage in words that name no secret."""
        ...

    def upload(self, files: Mapping[str, Path]) -> Uploaded:
        """Have each file lie there under its name, and see that it does. What is there already is not sent again.

        Raises:
            StorageError: nothing can be sent at all: the settings are wrong, or the disk here has no room.
        """
        ...

    def listed(self, folder: str = "") -> Sequence[RemoteFile]:
        """All files in a folder and those below it, by name; none where there is no such folder.

        Raises:
            StorageAway: it does not answer.
        """
        ...

    def fetch(self, names: Collection[str], into: Path) -> None:
        """Have these files below ``into``, under their names. Whole ones that are there are not fetched again.

        Raises:
            StorageAway: it does not answer, or one of them is not there.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove one file; it may be gone already.

        Raises:
            StorageAway: it does not answer, or does not let anybody delete.
        """
        ...
