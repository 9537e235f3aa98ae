"""The call log as it is kept beside the recordings: rows that the PBX logged, and which recordings they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.core.call_log import LogRow
from firmware.core.call_log_matching import Taped

# waiting: it may still find its recording. missed: it was meant to be recorded, and is not. left: it was not meant to.
LogRowState = Literal["waiting", "matched", "missed", "left"]


@dataclass(frozen=True)
class KeptRow:
    """A row and what has come of it. ``filled``: which of the recording's fields were taken over from it."""

    row: LogRow
    state: LogRowState
    recording_id: str | None = None
    confidence: float = 0.0
    whole: bool = True
    filled: tuple[str, ...] = ()


@dataclass(frozen=True)
class TapedCall:
    """A recording, or a call that was not recorded (``kept`` is False), and what of it is not known.

    ``goes_on``: the call is not over. ``excused``: it is not recorded because nobody wanted it to be: an exempt phone,
    a caller who asked, or an on-demand call that nobody started; or its recording was erased before its row came.
    """

    taped: Taped
    kept: bool
    goes_on: bool
    excused: bool
    lacks_number: bool
    lacks_extension: bool


@dataclass(frozen=True)
class RowOutcome:
    """What has come of a row, to be saved."""

    row_id: str
    state: LogRowState
    recording_id: str | None = None
    confidence: float = 0.0
    whole: bool = True


@dataclass(frozen=True)
class Newest:
    """How far the catalogue is: the number of the recording that was entered last, and how many go on."""

    number: int
    going_on: int
    began_ms: int | None

    def is_other_than(self, before: Newest) -> bool:
        return (self.number, self.going_on) != (before.number, before.going_on)


class CallLogStore(Protocol):
    """The recorder's end. Any thread; every method raises StorageError or DamagedCatalogue."""

    def add(self, rows: Sequence[LogRow]) -> int:
        """Keep rows, durable on return. One that is there already changes nothing. Returns how many are new."""
        ...

    def rows_between(self, from_ms: int, to_ms: int) -> Sequence[KeptRow]:
        """By when they began, by the PBX's clock."""
        ...

    def calls_between(self, from_ms: int, to_ms: int) -> Sequence[TapedCall]:
        """By when they began, by ours; among them those that were erased before the PBX logged them."""
        ...

    def save(self, outcomes: Sequence[RowOutcome]) -> None:
        """All or none. A recording that has been erased meanwhile is nobody's any more."""
        ...

    def drop(self, row_ids: Sequence[str]) -> None: ...

    def drop_left(self, received_before_ms: int) -> None:
        """Rows of calls that nobody meant to record."""
        ...

    def fill(self, row: LogRow, recording_id: str) -> Mapping[str, str]:
        """Take over what the recording does not know. Returns which fields were given which value."""
        ...

    def unfill(self, row: LogRow, recording_id: str, fields: Sequence[str]) -> None:
        """Take back what was taken over from a row that turned out to be of another call."""
        ...

    def has_rows(self) -> bool: ...

    def first_open_ms(self, received_from_ms: int) -> int | None:
        """When the oldest call began whose row is waiting, or came after that moment: of it more may come."""
        ...

    def recorded_since_last_row(self) -> int:
        """How many calls were recorded after the newest row came."""
        ...

    def missed_since(self, from_ms: int) -> int:
        """How many rows were missed and nobody has explained."""
        ...

    def newest(self, known: int) -> Newest:
        """What is newest, and when the earliest call began that came after the one of that number."""
        ...
