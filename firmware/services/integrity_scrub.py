"""Reads the whole store again within a month, a small portion each night, to find out in time what a disk forgot.

A night's portion is read once the evidence log was followed from its first line to its last: the log says what each
file must be, the catalogue which files there must be. What does not fit is looked at a second time (it may have been
erased, or its keyslot wrapped anew, meanwhile) before anybody is told. Where the round is up to outlives the process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from firmware.core.entered_files import EnteredFiles, EnteredSegment, SegmentName
from firmware.core.errors import DamagedEvidence, StorageError
from firmware.ports.catalogue import SegmentRow
from firmware.ports.evidence_log import EvidenceReader
from firmware.ports.integrity import ClosedSegments, ScrubMark, ScrubNotebook
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.recording_store import SegmentDigest, StoredSegment, StoredSegments

_LOG = logging.getLogger(__name__)
NIGHTS = 28
#: A disk of the box's kind reads some 100 MB a second: at this rate calls do not feel it.
BYTES_PER_S = 4_000_000
_NIGHT_HOURS = range(1, 6)
_LONGEST_REST_MS = 36 * 3_600_000
_SAVE_EVERY = 100
_HOUR_MS = 3_600_000

Wait = Callable[[float], object]


class IntegrityScrub:
    """The ``KeeperTask``.

    Args:
        evidence: makes a reader of the log, as it is then.
        zone: the office's; by it is night.
        wait: waits for so many seconds.
    """

    name = "integrity scrub"
    every_s = 600.0

    def __init__(
        self,
        rows: ClosedSegments,
        store: StoredSegments,
        evidence: Callable[[], EvidenceReader],
        desk: EvidenceDesk,
        notebook: ScrubNotebook,
        zone: tzinfo,
        wait: Wait,
    ) -> None:
        self._rows = rows
        self._store = store
        self._evidence = evidence
        self._desk = desk
        self._notebook = notebook
        self._zone = zone
        self._wait = wait
        self._attention: tuple[str, ...] = ()

    @property
    def attention(self) -> Sequence[str]:
        return self._attention

    def run(self, now_ms: int) -> None:
        """A night's portion, if it is time for one, or what an interrupted one left.

        Raises:
            StorageError, DamagedCatalogue, ServiceAway: it is tried again; what was read by then is remembered.
        """
        mark = self._notebook.load()
        self._tell(mark)
        if not mark.rested_ms:
            self._notebook.save(replace(mark, rested_ms=now_ms))  # a box that has just been set up may rest
        elif mark.left or self._is_due(mark, now_ms):
            self._scrub(mark, now_ms)

    def _is_due(self, mark: ScrubMark, now_ms: int) -> bool:
        """Once a night; where the box is off at night, a day and a half after the last time."""
        rested_ms = now_ms - mark.rested_ms
        night = datetime.fromtimestamp(now_ms / 1000, self._zone).hour in _NIGHT_HOURS
        return rested_ms >= _LONGEST_REST_MS or rested_ms < 0 or (night and rested_ms > len(_NIGHT_HOURS) * _HOUR_MS)

    def _scrub(self, mark: ScrubMark, now_ms: int) -> None:
        if not mark.left:
            mark = replace(mark, left=-(-self._rows.count() // NIGHTS))
        rows = self._rows.after(mark.last, mark.left)
        entered, log_fault = self._follow_log(row.recording_id for row in rows)
        for number, row in enumerate(rows, 1):
            name = row.recording_id, row.n
            if self._fault(row, entered.segments.get(name), log_fault):
                mark = replace(mark, suspects=(*mark.suspects, name))
            mark = replace(mark, last=name, left=mark.left - 1)
            self._wait(row.bytes / BYTES_PER_S)
            if number % _SAVE_EVERY == 0:
                self._notebook.save(mark)
        if mark.left:
            mark = replace(mark, last=ScrubMark.last)  # the end was reached: the next round begins with the oldest
        mark = replace(self._look_again(mark, log_fault), left=0, suspects=(), rested_ms=now_ms)
        if rows:
            self._desk.enter("integrity-checked", {"files": str(len(rows)), "faulty": str(len(mark.faulty))})
        self._notebook.save(mark)
        self._tell(mark)

    def _look_again(self, mark: ScrubMark, log_fault: str) -> ScrubMark:
        """What is still wrong, of what did not fit and of what was told of before; news goes into the evidence."""
        faults = self._faults_among({*mark.suspects, *mark.faulty})
        for name, fault in sorted(faults.items()):
            if fault and name not in mark.faulty:
                _LOG.error("recording %s segment %d: %s", *name, fault)
                self._desk.enter("integrity-fault", {"recording": name[0], "segment": str(name[1]), "what": fault})
            elif not fault and name in mark.faulty:
                self._desk.enter("integrity-mended", {"recording": name[0], "segment": str(name[1])})
        if log_fault and not mark.log_fault:
            _LOG.error("%s", log_fault)
            self._desk.enter("integrity-fault", {"what": "evidence-log"})
        return replace(mark, faulty=tuple(sorted(name for name, fault in faults.items() if fault)), log_fault=log_fault)

    def _faults_among(self, names: Iterable[SegmentName]) -> dict[SegmentName, str]:
        """What is wrong with each that is still there; empty texts for those that are in order."""
        rows = self._rows.those(names)
        if not rows:
            return {}
        entered, log_fault = self._follow_log(row.recording_id for row in rows)
        faults = {}
        for row in rows:
            name = row.recording_id, row.n
            faults[name] = self._fault(row, entered.segments.get(name), log_fault)
        return faults

    def _follow_log(self, recordings: Iterable[str]) -> tuple[EnteredFiles, str]:
        """What the log says of these recordings, and what is wrong with the log itself. Raises StorageError."""
        wanted, entered, reader = frozenset(recordings), EnteredFiles(), self._evidence()
        try:
            for line in reader.lines():
                if line.subject.get("recording") in wanted:
                    entered.take(line)
            return entered, next(iter(reader.check_checkpoints()), "")
        except DamagedEvidence as error:
            return entered, error.what

    def _fault(self, row: SegmentRow, entered: EnteredSegment | None, log_fault: str) -> str:
        """What is wrong with a file, in a word; empty if nothing is."""
        if entered is None and not log_fault:
            return "unknown-to-the-log"
        try:
            digest = self._store.digest(StoredSegment(row.recording_id, row.n, Path(row.path)))
        except StorageError as error:
            _LOG.error("%s", error)
            return "missing" if isinstance(error.__cause__, FileNotFoundError) else "unreadable"
        return next(_mismatches(row, digest, entered or EnteredSegment()), "")

    def _tell(self, mark: ScrubMark) -> None:
        words = []
        if mark.faulty:
            files = "a sealed file" if len(mark.faulty) == 1 else f"{len(mark.faulty)} sealed files, the first"
            recording, segment = mark.faulty[0]
            words.append(
                f"Not as it was closed: {files} {recording}.{segment}. earmark verify says more; put it back from "
                "the archive."
            )
        if mark.log_fault:
            words.append(f"{mark.log_fault} earmark verify says more.")
        self._attention = tuple(words)


def _mismatches(row: SegmentRow, digest: SegmentDigest, entered: EnteredSegment) -> Iterator[str]:
    """The log's word counts; where the log is damaged, the catalogue's must do."""
    if digest.sha256 != (entered.sha256 or row.sha256):
        yield "altered"
    if not digest.keyslot_sha256:
        yield "keyslot-missing"
    elif entered.keyslot_sha256 and digest.keyslot_sha256 != entered.keyslot_sha256:
        yield "keyslot-altered"
    if row.sha256 != digest.sha256:
        yield "catalogue-differs"
    if entered.contradicted_by:
        yield "contradicted-by-the-log"
