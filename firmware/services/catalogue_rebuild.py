"""Making a catalogue anew from the sealed files and the evidence log, when the old one is lost or damaged.

Files are found by their names, what they amount to by the evidence log, which has it all but the parties; who spoke is
sealed inside, and is read where a key is given. What the log says was erased stays out, even if a file of it turns up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from firmware.core.entered_files import ERASED, ERASURE_DOUBTED
from firmware.core.errors import EarmarkError
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.left_out import total
from firmware.core.retention import CLASS, CLASS_CHANGED
from firmware.core.sealed_format import FormatError
from firmware.ports.catalogue import (
    CatalogueChange,
    CatalogueWriter,
    RecordingState,
    SaveRecording,
    SaveSegment,
    SegmentRow,
    SegmentState,
)
from firmware.ports.recording_store import StoredSegment, StoredSegments
from firmware.ports.segment_ends import SealedWords, SegmentSummaries, SegmentSummary, WordsReader

_ENDS = frozenset({"recording-closed", "recording-recovered", "recording-redacted"})
_AT_ONCE = 500
_ASSUMED_RATE_HZ = 8000


@dataclass
class Rebuilt:
    """What came of it: counts of recordings, and what could not be taken in, as sentences."""

    recordings: int = 0
    segments: int = 0
    unnamed: int = 0
    erased_again: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


@dataclass
class Entered:
    """What the evidence log says, by recording and segment. ``chosen``: the retention class that a recording was given
    by hand, and when (Unix ms); a revision has that of its recording.
    """

    ends: dict[tuple[str, int], EvidenceLine] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    chosen: dict[str, tuple[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[EvidenceLine]) -> Entered:
        entered = cls()
        for line in lines:
            recording = line.subject.get("recording", "")
            if line.kind in _ENDS:
                entered.ends[recording, int(line.subject.get("segment", 0))] = line
                if (before := entered.chosen.get(line.subject.get("revises", ""))) is not None:
                    entered.chosen[recording] = before
            elif line.kind == CLASS_CHANGED and recording:
                entered.chosen[recording] = line.subject[CLASS], round(line.at.timestamp() * 1000)
            elif line.kind == ERASED:
                entered.erased.add(recording)
            elif line.kind == ERASURE_DOUBTED:
                entered.erased.discard(recording)
        return entered


class CatalogueRebuild:
    """Feeds an empty catalogue, or one that lacks some.

    Args:
        words: reads what is sealed in the files; None when nobody's key is at hand.
        listed: recordings that the catalogue has already.
    """

    def __init__(
        self,
        store: StoredSegments,
        summaries: SegmentSummaries,
        catalogue: CatalogueWriter,
        words: WordsReader | None,
        listed: Collection[str] = frozenset(),
    ) -> None:
        self._store = store
        self._summaries = summaries
        self._catalogue = catalogue
        self._words = words
        self._listed = listed

    def run(self, entered: Entered, progress: Callable[[int], None] = lambda count: None) -> Rebuilt:
        """Take every file in, some hundred at a time; ``progress`` is told how many recordings are done.

        Raises:
            StorageError: the catalogue cannot be written.
        """
        done = Rebuilt()
        waiting: list[CatalogueChange] = []
        for recording_id, files in groupby(self._store.everything(), key=lambda each: each.recording_id):
            if recording_id in self._listed:
                continue
            if recording_id in entered.erased:
                done.erased_again.append(recording_id)
                continue
            waiting += self._changes(recording_id, list(files), entered, done)
            if len(waiting) >= _AT_ONCE:
                self._catalogue.apply(waiting)
                waiting.clear()
                progress(done.recordings)
        self._catalogue.apply(waiting)
        progress(done.recordings)
        return done

    def _changes(
        self, recording_id: str, files: Sequence[StoredSegment], entered: Entered, done: Rebuilt
    ) -> list[CatalogueChange]:
        known = list(self._summarised(files, done))
        if not known:
            return []
        rows = [_segment_row(each, about, entered.ends.get((recording_id, each.segment))) for each, about in known]
        last, about = known[-1]
        words = self._read_words(last, done)
        done.recordings += 1
        done.segments += len(rows)
        return [_recording(recording_id, about, rows, words), *(SaveSegment(row) for row in rows)]

    def _summarised(
        self, files: Sequence[StoredSegment], done: Rebuilt
    ) -> Iterator[tuple[StoredSegment, SegmentSummary]]:
        for each in files:
            try:
                about = self._summaries.summary(each)
                yield each, about if about.final else self._followed(each, about)
            except (EarmarkError, FormatError) as error:
                done.troubles.append(f"{each.path}: {error}")

    def _followed(self, stored: StoredSegment, about: SegmentSummary) -> SegmentSummary:
        """Where a file that nobody ended ends: only its frames can tell."""
        found = self._store.scan(stored)
        return replace(about, end_sample=found.end_sample, chain=found.chain.hex())

    def _read_words(self, stored: StoredSegment, done: Rebuilt) -> SealedWords | None:
        if self._words is not None:
            try:
                return self._words.words(stored)
            except EarmarkError as error:
                done.troubles.append(f"{stored.path}: {error.what}")
        done.unnamed += 1
        return None


def _segment_row(stored: StoredSegment, about: SegmentSummary, end: EvidenceLine | None) -> SegmentRow:
    said = end.subject if end else {}
    as_entered = bool(end) and said.get("bytes") == str(about.bytes)
    state: SegmentState = "closed" if about.final else "cut"
    if end and (not as_entered or said.get("state") == "damaged"):
        state = "damaged"
    end_sample = about.start_sample if about.end_sample is None else about.end_sample
    return SegmentRow(
        stored.recording_id,
        stored.segment,
        str(stored.path),
        about.start_sample,
        end_sample - about.start_sample,
        about.bytes,
        state,
        about.chain,
        said.get("sha256", ""),
        about.keyslot_sha256,
    )


def _recording(
    recording_id: str,
    last: SegmentSummary,
    rows: Sequence[SegmentRow],
    words: SealedWords | None,
) -> SaveRecording:
    state: RecordingState = "complete" if last.final == "complete" else "interrupted"
    if any(row.state == "damaged" for row in rows):
        state = "damaged"
    samples = rows[-1].start_sample + rows[-1].samples
    rate_hz = last.sample_rate_hz or _ASSUMED_RATE_HZ
    final = words.final if words else None
    return SaveRecording(
        recording_id,
        last.started_at_ms,
        state,
        words.record if words else None,
        samples * 1000 // rate_hz,
        not_taken_ms=_milliseconds(int(final["losses"].get("not_taken", 0)), rate_hz) if final else None,
        not_stored_ms=_milliseconds(_total(final["gaps"]), rate_hz) if final else None,
        paused_ms=_milliseconds(_total(final["pauses"]), rate_hz) if final else None,
    )


def _total(spans: Iterable[Sequence[Any]]) -> int:
    return total((int(start), int(samples)) for start, samples in spans)


def _milliseconds(samples: int, rate_hz: int) -> int:
    return samples * 1000 // rate_hz
