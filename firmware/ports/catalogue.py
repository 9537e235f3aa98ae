"""The catalogue: one row per recording, so that it can be found without opening it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from firmware.core.call_record import CallRecord, Hold, LegReport, Mark, Notice, PartyChange, Pause
from firmware.core.clock_quality import ClockQuality

# not_recorded: two people talked, and nothing was kept: the row has no sealed file.
RecordingState = Literal["recording", "complete", "interrupted", "damaged", "not_recorded"]
SegmentState = Literal["open", "closed", "cut", "damaged"]


@dataclass(frozen=True)
class RecordingRow:
    """What a list shows of one recording. Times are UTC; a withheld party has no number anywhere.

    ``not_taken_s`` is audio that the box failed to take off the call, ``not_stored_s`` audio that it took and could not
    store: both are silence in the recording. ``paused_s`` is silence, too, and no loss. ``opted_out``: a party asked
    not to be recorded. ``restricted``: it may be kept, and nothing else be done with it. ``far_name`` and
    ``office_name`` are what the network or the telephone system calls them.
    """

    id: str
    call_id: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float
    direction: str
    line: str
    far_party: str
    far_number: str | None
    office_party: str
    office_number: str | None
    decided_by: str
    mode: str
    notice: Mapping[str, Any] | None
    legs: tuple[LegReport, ...]
    end_cause: str | None
    retention_class: str
    state: RecordingState
    not_taken_s: float
    not_stored_s: float
    segments: int
    paused_s: float = 0.0
    pauses: tuple[Pause, ...] = ()
    announcements: tuple[Notice, ...] = ()
    holds: tuple[Hold, ...] = ()
    parties: tuple[PartyChange, ...] = ()
    marks: tuple[Mark, ...] = ()
    tags: tuple[str, ...] = ()
    opted_out: bool = False
    started_on: str = "policy"
    extension: str | None = None
    notice_given_by: str = ""
    restricted: bool = False
    clock: ClockQuality | None = None
    far_name: str | None = None
    office_name: str | None = None

    @property
    def missing_s(self) -> float:
        """Silence in place of what the parties heard of each other. What the network lost is in ``legs``."""
        return self.not_taken_s + self.not_stored_s

    @property
    def cursor(self) -> str:
        """Give it as ``RecordingQuery.before`` to get the rows that come after this one."""
        return f"{round(self.started_at.timestamp() * 1000)}:{self.id}"


@dataclass(frozen=True)
class SegmentRow:
    """One sealed file of a recording. ``path`` is relative to the data folder; digests are hex, empty while open."""

    recording_id: str
    n: int
    path: str
    start_sample: int
    samples: int = 0
    bytes: int = 0
    state: SegmentState = "open"
    chain: str = ""
    sha256: str = ""
    keyslot_sha256: str = ""


#: How long a call was recorded, in minutes: up to 1, 5, 15, 60, and longer.
LengthClass = Literal["to-1", "1-to-5", "5-to-15", "15-to-60", "over-60"]


@dataclass(frozen=True)
class RecordingQuery:
    """Which recordings, newest first; ``before`` is a row's cursor.

    ``number`` is a number or part of one, in any form; ``noted`` words, or how they begin, that stand in one note about
    the call. ``text`` is both and more, as somebody typed it: parts of numbers, and how words begin in names, tags and
    notes; all must be found. ``tagged``: with any tag; ``held``: under a legal hold that stands.
    """

    limit: int = 100
    before: str | None = None
    number: str | None = None
    line: str | None = None
    direction: str | None = None
    state: str | None = None
    started_from: datetime | None = None
    started_to: datetime | None = None
    extension: str | None = None
    noted: str | None = None
    text: str | None = None
    length: LengthClass | None = None
    recorded: bool | None = None
    paused: bool | None = None
    tagged: bool = False
    held: bool = False


@dataclass(frozen=True)
class SaveRecording:
    """The recording's row shall be this. What is None stays as it is in the row. ``speech_ms`` is by channel."""

    recording_id: str
    started_at_ms: int
    state: RecordingState
    record: CallRecord | None = None
    duration_ms: int | None = None
    not_taken_ms: int | None = None
    not_stored_ms: int | None = None
    evidence_line: int | None = None
    paused_ms: int | None = None
    speech_ms: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SaveSegment:
    """The segment's row shall be this."""

    row: SegmentRow


CatalogueChange = SaveRecording | SaveSegment


@dataclass(frozen=True)
class Unfinished:
    """A recording that the catalogue believes to be going on, with the segments it knows."""

    recording_id: str
    started_at_ms: int
    not_stored_ms: int
    segments: tuple[SegmentRow, ...] = field(default=())
    paused_ms: int = 0
    pauses: tuple[Pause, ...] = ()


class CatalogueWriter(Protocol):
    """The recorder's end. May be used from any thread."""

    def apply(self, changes: Sequence[CatalogueChange]) -> None:
        """All or none of the changes, durable on return. Saving the same again changes nothing.

        Raises:
            StorageError: nothing was saved.
            DamagedCatalogue: the file is not a sound database any more.
        """
        ...

    def unfinished(self) -> Sequence[Unfinished]:
        """Recordings in state "recording"."""
        ...

    def known(self, recording_id: str) -> Unfinished | None:
        """What is known of one recording, whatever its state."""
        ...
