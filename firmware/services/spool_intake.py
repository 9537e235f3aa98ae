"""Taking in what was spooled while the data disk was away, oldest first, and never faster than calls bear.

====================================  ============================================================================
killed after …                        and started again
====================================  ============================================================================
its beginning was settled             there is nothing left to settle of what the data disk has from before
some of a recording's files           those that are whole in their place stay; the rest is copied
all were copied and flushed           its lines are entered: they come before the row, as with any recording
its lines were entered                the log knows each by its identity: none is entered twice
its row was saved                     saved again, the same
the spooled keyslots were destroyed   the files go, then the spooled row, by which a recording is found here
====================================  ============================================================================

Each line of the spool's evidence is entered as it is, with ``spooled``: the moment at which it was written there. What
is about no file (sign-ins, pauses, refusals) comes first and in order, so that it stands before anything newer.
A recording that was erased on the data disk meanwhile is not brought back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from firmware.core.entered_files import SPEAKS_OF_FILES
from firmware.core.evidence_chain import ENTRY_ID, time_text
from firmware.ports.catalogue import CatalogueChange, CatalogueWriter, SaveRecording, SaveSegment
from firmware.ports.evidence_log import DetailStore, EvidenceEntry, EvidenceLog
from firmware.ports.recording_store import StoredSegment
from firmware.ports.spool import Shelf, SpooledCall, SpooledLine
from firmware.services.spool_gate import SpoolGate

_LOG = logging.getLogger(__name__)
TAKEN_IN = "taken-in"
EMPTIED = "spool-emptied"
_AT_ONCE = 200


class Catalogue(CatalogueWriter, DetailStore, Protocol):
    """Where rows and details go."""

    def was_erased(self, recording_id: str) -> bool:
        """Whether it was, or is being, erased on purpose. Raises StorageError."""
        ...


class SpoolIntake:
    """One thread.

    Args:
        settle: told a recording's id, its start in Unix ms and its first segment in the spool: enters what the data
            disk holds of it from before.
        pace: told how many bytes were copied, waits as long as that shall take; False: stop now.
    """

    def __init__(
        self,
        shelf: Shelf,
        catalogue: Catalogue,
        evidence: EvidenceLog,
        gate: SpoolGate,
        settle: Callable[[str, int, int], None],
        pace: Callable[[int], bool] = lambda count: True,
    ) -> None:
        self._shelf = shelf
        self._catalogue = catalogue
        self._evidence = evidence
        self._gate = gate
        self._settle = settle
        self._pace = pace

    def tell(self) -> None:
        """Enter what the spool's evidence says of other things than files, in order.

        Raises:
            StorageError: it goes on from there the next time.
        """
        lines = [line for line in self._shelf.lines() if line.number > self._shelf.told_until]
        for first in range(0, len(lines), _AT_ONCE):
            some = lines[first : first + _AT_ONCE]
            new = [line for line in some if line.kind not in SPEAKS_OF_FILES and self._is_new(line.identity)]
            if new:
                self._evidence.enter([self._explained(line) for line in new])
            self._shelf.tell_until(some[-1].number)

    def take_next(self) -> bool:
        """Take in the oldest recording that is finished. False: there is none, or the recorder needs it.

        Raises:
            StorageError: it goes on from there the next time.
        """
        for call in self._shelf.calls():
            if call.finished and self._gate.take(call.recording_id):
                try:
                    return self._take(call)
                finally:
                    self._gate.done()
        return False

    def emptied(self) -> None:
        """Enter that nothing waits any more. Raises StorageError."""
        if lines := self._shelf.lines():
            identity = f"emptied-{lines[-1].identity}"
            if self._is_new(identity):
                self._evidence.enter([EvidenceEntry(EMPTIED, {ENTRY_ID: identity})])

    def _take(self, call: SpooledCall) -> bool:
        changes = self._shelf.changes(call.recording_id)
        stored = self._shelf.segments(call.recording_id, call.started_at_ms)
        if self._catalogue.was_erased(call.recording_id):
            _LOG.warning("recording %s was erased meanwhile and is not taken in", call.recording_id)
        else:
            if numbers := [each.row.n for each in changes if isinstance(each, SaveSegment)]:
                self._settle(call.recording_id, call.started_at_ms, min(numbers))
            if stored:  # else: entered, and removed from the spool, or there never was a file
                damaged = self._take_files(call, stored)
                if damaged is None:
                    return False
                changes = _marked(changes, damaged)
            self._catalogue.apply(changes)
        self._shelf.forget(call)
        _LOG.info("recording %s was taken in", call.recording_id)
        return True

    def _take_files(self, call: SpooledCall, stored: Sequence[StoredSegment]) -> set[int] | None:
        """Returns the segments that are not what the evidence says; None when it must be left for now."""
        lines = [
            line
            for line in self._shelf.lines()
            if line.kind in SPEAKS_OF_FILES and line.subject.get("recording") == call.recording_id
        ]
        said = {line.subject.get("segment"): line.subject["sha256"] for line in lines if "sha256" in line.subject}
        damaged = set()
        for each in stored:
            digest = self._shelf.copy(each, lambda count: self._may_go_on(call.recording_id, count))
            if digest is None:
                return None
            if digest.sha256 != said.get(str(each.segment)):
                _LOG.error("%s is not what the spool's evidence says: it was changed, or cannot be read", each.path)
                damaged.add(each.segment)
        self._shelf.flush()
        identity = f"taken-in-{call.recording_id}"
        taken_in = EvidenceEntry(TAKEN_IN, {"recording": call.recording_id, ENTRY_ID: identity})
        new = [_entry(line) for line in lines if self._is_new(line.identity)]
        if new or self._is_new(identity):
            self._evidence.enter([*new, taken_in])
        return damaged

    def _may_go_on(self, recording_id: str, count: int) -> bool:
        return self._pace(count) and not self._gate.wanted(recording_id)

    def _is_new(self, identity: str) -> bool:
        return self._evidence.line_of({ENTRY_ID: identity}) is None

    def _explained(self, line: SpooledLine) -> EvidenceEntry:
        """The line's entry, its detail being kept. One that nobody can open any more is said to be lost: a line
        commits to nothing that is not there."""
        if not line.commitment:
            return _entry(line)
        detail = self._shelf.detail(line.commitment)
        if detail is None:
            return replace(_entry(line), subject={**_entry(line).subject, "detail": "lost"}, commitment="")
        self._catalogue.keep_detail(line.commitment, detail.salt, detail.detail, detail.recording_id)
        return _entry(line)


def _entry(line: SpooledLine) -> EvidenceEntry:
    subject = {**line.subject, "spooled": time_text(line.at), ENTRY_ID: line.identity}
    return EvidenceEntry(line.kind, subject, line.commitment)


def _marked(changes: Sequence[CatalogueChange], damaged: set[int]) -> Sequence[CatalogueChange]:
    """The row and the segments' rows say so where a file is not what it was."""
    if not damaged:
        return changes
    return [
        replace(change, state="damaged")
        if isinstance(change, SaveRecording)
        else SaveSegment(replace(change.row, state="damaged") if change.row.n in damaged else change.row)
        for change in changes
    ]
