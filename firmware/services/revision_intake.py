"""Takes sealed revisions in, puts each in the place of its recording, and has the recording erased.

The keeper can open neither. It takes only what the opener has ordered, checks that it is a whole sealed segment of the
id that was ordered, and goes on where it was if it is killed:

===========================  ================================================================================
ended after …                then
===========================  ================================================================================
part of it was received      the order lapses after a while; the recording stands as it was
all of it was received       it is put among the recordings
it was put there             the evidence line, known by its id, is entered once
the evidence line            the rows: one transaction puts it in the list and orders the erasure
the rows                     the recording is erased as any other: keys first
===========================  ================================================================================
"""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Sequence

from firmware.core.entered_files import REDACTED
from firmware.core.errors import ActionRefused, DamagedRecording
from firmware.core.evidence_chain import ENTRY_ID
from firmware.core.sealed_format import FormatError
from firmware.core.sealed_scan import Scan
from firmware.ports.catalogue import SegmentRow
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.recording_store import SegmentDigest
from firmware.ports.redactions import RedactionOrder, RedactionTables, RevisionFiles

_LOG = logging.getLogger(__name__)
_KEYSLOT_BYTES = 1024
_LAPSES_AFTER_MS = 3_600_000


class RevisionIntake:
    """A ``KeeperTask`` whose other methods any thread may call."""

    name = "redaction"
    every_s = 60.0

    def __init__(self, tables: RedactionTables, files: RevisionFiles, evidence: EvidenceDesk, clock: Clock) -> None:
        self._tables = tables
        self._files = files
        self._evidence = evidence
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    @property
    def attention(self) -> Sequence[str]:
        return ()

    def take(self, revision_id: str, at: int, content: bytes) -> None:
        """The next part of a sealed revision.

        Raises:
            ActionRefused: nobody ordered it, or it does not follow on.
        """
        with self._one_at_a_time:
            self._expected(revision_id)
            if not self._files.append(revision_id, at, content):
                raise ActionRefused("The revision's part does not follow on the one before.", "Begin again.")

    def finish(self, revision_id: str, sha256: str, keyslot: bytes) -> None:
        """All of it was sent: check it, and put it in the recording's place.

        Raises:
            ActionRefused: nobody ordered it.
            DamagedRecording: it is not what was ordered; nothing was replaced.
            StorageError, ServiceAway: it is kept, and put in its place later.
        """
        with self._one_at_a_time:
            order = self._expected(revision_id)
            self._must_be_ordered(order, sha256, keyslot)
            self._files.close(revision_id, keyslot)
            self._tables.move(order, "received")
            self._replace(order)

    def run(self, now_ms: int) -> None:
        with self._one_at_a_time:
            for order in self._tables.in_state("received"):
                self._replace(order)
            for order in self._tables.in_state("ordered"):
                # One may have been ordered since this run began; only a clock that was set back puts it hours ahead.
                if abs(now_ms - order.ordered_at_ms) > _LAPSES_AFTER_MS:
                    self._files.discard(order.revision_id)
                    self._tables.move(order, "lapsed")

    def _expected(self, revision_id: str) -> RedactionOrder:
        order = self._tables.order(revision_id)
        if order is None or order.state != "ordered":
            raise ActionRefused("No redaction of that id is expected.", "Order it anew.")
        return order

    def _must_be_ordered(self, order: RedactionOrder, sha256: str, keyslot: bytes) -> None:
        whole = hmac.compare_digest(self._files.received_sha256(order.revision_id), sha256)
        try:
            found = self._files.scan(order.revision_id) if whole else None
        except FormatError:
            found = None
        if found is None or not _fits(order, found) or len(keyslot) != _KEYSLOT_BYTES:
            self._files.discard(order.revision_id)
            raise DamagedRecording(
                "What came is not the sealed revision that was ordered.", "Nothing was replaced; try it again."
            )

    def _replace(self, order: RedactionOrder) -> None:
        if not self._tables.replaceable(order):
            self._tables.order_erasure_of_revision(order, self._clock.wall_ms())
            self._files.discard(order.revision_id)
            self._tables.move(order, "lapsed")
            return
        path, found, digest = self._files.place(order)
        line = self._evidence.enter(REDACTED, _subject(order, found, digest), None)
        self._tables.replace(order, _row(order, path, found, digest), line, self._clock.wall_ms())
        _LOG.info("recording %s is replaced by %s, with silence in it", order.recording_id, order.revision_id)


def _fits(order: RedactionOrder, found: Scan) -> bool:
    header = found.header
    named = (header.recording_id, header.segment, header.start_sample, header.started_at_ms)
    whole = found.final and not (found.damage or found.torn_bytes)
    return whole and named == (order.revision_id, 0, 0, order.started_at_ms)


def _subject(order: RedactionOrder, found: Scan, digest: SegmentDigest) -> dict[str, str]:
    return {
        "recording": order.revision_id,
        "segment": "0",
        "revises": order.recording_id,
        "state": "complete" if found.complete else "interrupted",
        "samples": str(found.end_sample),
        "bytes": str(digest.bytes),
        "sha256": digest.sha256,
        "keyslot": digest.keyslot_sha256,
        ENTRY_ID: f"redacted-{order.revision_id}",
    }


def _row(order: RedactionOrder, path: str, found: Scan, digest: SegmentDigest) -> SegmentRow:
    return SegmentRow(
        order.revision_id,
        0,
        path,
        0,
        found.end_sample,
        digest.bytes,
        "closed",
        found.chain.hex(),
        digest.sha256,
        digest.keyslot_sha256,
    )
