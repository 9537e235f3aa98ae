"""What is written down beside recordings and goes in its time: closed cases, and details of the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from firmware.ports.listening_keys import EvidenceDesk


@dataclass(frozen=True)
class DayOfDetails:
    """One day's lines of evidence (UTC): their numbers, and what those about no recording commit to."""

    day: date
    first: int
    last: int
    commitments: Sequence[str] = field(repr=False)


class OldRecordTables(Protocol):
    """Every method raises StorageError."""

    def closed_cases(self, closed_by_ms: int, most: int) -> Sequence[tuple[str, int]]:
        """The ids of cases that were closed by then (Unix ms), the oldest first, and when. Not those of which a legal
        hold keeps a call."""
        ...

    def erase_case(self, case_id: str) -> None:
        """With its papers and its list of calls, at once."""
        ...

    def closed_breaches(self, closed_by_ms: int, most: int) -> Sequence[tuple[str, int]]:
        """The ids of breaches that were closed by then (Unix ms), the oldest first, and when."""
        ...

    def erase_breach(self, breach_id: str) -> None: ...

    def words_of_duties(self, entered_by_ms: int, most: int) -> Sequence[tuple[int, int]]:
        """The ids of what people said of duties by then (Unix ms), the oldest first, and when."""
        ...

    def drop_words(self, ids: Sequence[int]) -> None: ...

    def drop_unfinished_papers(self, before_ms: int) -> int:
        """What came before then (Unix ms) of papers that never arrived as a whole. Returns how many parts."""
        ...

    def erased_until(self) -> int:
        """The last line of evidence whose detail was looked after; 0 at first."""
        ...

    def count_details(self, commitments: Sequence[str]) -> int:
        """How many of these details are there."""
        ...

    def erase_details(self, commitments: Sequence[str], last_line: int) -> None:
        """Of those that are about no recording, and note how far that is done, at once."""
        ...

    def wipe_traces(self) -> bool:
        """Whether nothing of what was deleted is left in the database's log. False: somebody is reading; try later."""
        ...


class OldRecordEvidence(EvidenceDesk, Protocol):
    def details_erased(self, first: int, last: int) -> None:
        """Enter that the details of these lines are erased, but for those about a recording. Entering it twice is
        entering it once. Raises ServiceAway or StorageError.
        """
        ...


class OldEvidence(Protocol):
    def days(self, after_line: int) -> Iterator[DayOfDetails]:
        """The days with lines after that one, in order, each read when its turn comes. Raises StorageError."""
        ...
