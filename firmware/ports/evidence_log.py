"""The evidence log as its one writer, the recorder, sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware.core.evidence_chain import ChainEnd, EvidenceLine


@dataclass(frozen=True)
class EvidenceEntry:
    """Something to be entered. ``subject`` holds opaque ids and digests only."""

    kind: str
    subject: Mapping[str, str] = field(default_factory=dict)
    commitment: str = ""


class EvidenceLog(Protocol):
    """Appends entries. May be called from any thread."""

    def enter(self, entries: Sequence[EvidenceEntry]) -> int:
        """Append the entries, in order, and flush once. Returns the number of the last line, which is durable then.

        Raises:
            StorageError: nothing is promised about any of them.
            EvidenceFault: a kind or id has characters that do not belong in a line.
        """
        ...

    def line_of(self, subject: Mapping[str, str]) -> int | None:
        """The line of the entry that was made with the same ``ENTRY_ID`` lately, also by the process before this one;
        None when there is none."""
        ...

    def checkpoint(self) -> None:
        """Sign where the log ends now, and keep that among the earlier checkpoints. Raises StorageError."""
        ...

    @property
    def end(self) -> ChainEnd:
        """Where the log ends."""
        ...

    def close(self) -> None:
        """Sign a last checkpoint and let others write."""
        ...


class EvidenceReader(Protocol):
    """Reads the log. Needs no lock."""

    def lines(self) -> Iterator[EvidenceLine]:
        """All lines, oldest first, verified as they come.

        Raises:
            DamagedEvidence: the chain does not hold. What came before was sound.
        """
        ...

    def check_checkpoints(self) -> Sequence[str]:
        """What is wrong with the signed checkpoints, the newest and the earlier ones. Raises StorageError, NotSetUp."""
        ...


class DetailStore(Protocol):
    """Keeps the details that lines commit to, where they can be erased."""

    def keep_detail(self, commitment: str, salt: bytes, detail: Mapping[str, Any], recording_id: str = "") -> None:
        """Durable on return. ``recording_id``: with which recording it is to be erased; empty when with none."""
        ...

    def note_keyslots(self, digests: Sequence[tuple[str, int, str]]) -> None:
        """Which keyslot a segment has now: recording, segment, SHA-256. Durable on return."""
        ...
