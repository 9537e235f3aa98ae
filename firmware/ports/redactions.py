"""Replacing a recording by a revision with silence in it: the opener orders, the web seals, the keeper keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.core.sealed_scan import Scan
from firmware.ports.catalogue import SegmentRow
from firmware.ports.recording_store import SegmentDigest

# ordered: somebody who may has asked for it. received: the sealed revision is here. done: it stands in the place of the
# recording, which is being erased. lapsed: it never came, or the recording was gone before it.
RedactionState = Literal["ordered", "received", "done", "lapsed"]


@dataclass(frozen=True)
class RedactionOrder:
    """One recording is to be replaced by one revision, ``silenced_ms`` of which are silence that the recording has not.
    Times are Unix milliseconds.
    """

    revision_id: str
    recording_id: str
    started_at_ms: int
    ordered_at_ms: int
    state: RedactionState = "ordered"
    silenced_ms: int = 0


class RedactionStore(Protocol):
    """The opener's part. Raises StorageError."""

    def order(self, order: RedactionOrder) -> bool:
        """Write it down. False: the recording is not there, is going on, or is being erased or replaced already."""
        ...

    def silenced_before_ms(self, recording_id: str) -> int:
        """How much the redactions silenced that led to this recording, all together."""
        ...


class RedactionTables(Protocol):
    """The keeper's part. Every method raises StorageError when the catalogue cannot be had."""

    def order(self, revision_id: str) -> RedactionOrder | None: ...

    def in_state(self, state: RedactionState) -> Sequence[RedactionOrder]: ...

    def move(self, order: RedactionOrder, state: RedactionState) -> None: ...

    def replaceable(self, order: RedactionOrder) -> bool:
        """Whether the recording is still there and not being erased for another reason."""
        ...

    def replace(self, order: RedactionOrder, segment: SegmentRow, evidence_line: int, now_ms: int) -> None:
        """Put the revision where the recording was, with all that hangs on it, and order the recording's erasure.

        In one transaction. Grants are not taken along: they hold the old key.
        """
        ...

    def order_erasure_of_revision(self, order: RedactionOrder, now_ms: int) -> None:
        """Its recording went before it could be put in its place: what was kept of the revision must go as well."""
        ...


class RevisionFiles(Protocol):
    """Sealed revisions on their way into the store. Every method raises StorageError."""

    def append(self, revision_id: str, at: int, content: bytes) -> bool:
        """Add to what was received so far; from 0 on it begins anew. False: it does not follow on."""
        ...

    def close(self, revision_id: str, keyslot: bytes) -> None:
        """All of it is here: durable on return."""
        ...

    def scan(self, revision_id: str) -> Scan:
        """What was received. Raises FormatError when it is no sealed segment."""
        ...

    def received_sha256(self, revision_id: str) -> str: ...

    def place(self, order: RedactionOrder) -> tuple[str, Scan, SegmentDigest]:
        """Move it to where recordings are kept, if it is not there yet; durable on return.

        Returns its path, relative to the data folder, what it holds, and its digests.
        """
        ...

    def discard(self, revision_id: str) -> None: ...
