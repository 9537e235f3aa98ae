"""A person's request about their data, or an authority's: who asks, for what, which calls, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from firmware.core.case_clock import CaseClock, CaseKind, Wait
from firmware.core.errors import ActionRefused, SettingsError

LONGEST_TEXT = 2000
LONGEST_NAME = 120
MOST_NUMBERS = 10
MOST_CALLS = 1000
MOST_MUTED = 50
LARGEST_PAPER_BYTES = 10_000_000
#: A paper goes from process to process, and into the catalogue, in parts of this size: the last one may be smaller.
PAPER_PART_BYTES = 512 * 1024
#: Of a file that never arrives as a whole, the parts go after this.
PAPER_ARRIVES_WITHIN_MS = 3_600_000
_FEWEST_DIGITS = 2
_NEVER_MS = 2**53

# found: by a search, nobody has looked at it yet. included, excluded: somebody decided, for a reason if excluded.
CallState = Literal["found", "included", "excluded"]
CALL_STATES: tuple[CallState, ...] = ("found", "included", "excluded")
Side = Literal["both", "far", "office"]
SIDES: tuple[Side, ...] = ("both", "far", "office")


@dataclass(frozen=True)
class Muted:
    """A stretch of a call that is silent in the copy (ms). ``end_ms`` None: to the end."""

    side: Side
    start_ms: int = 0
    end_ms: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"side": self.side, "start_ms": self.start_ms, "end_ms": self.end_ms}

    @classmethod
    def from_json(cls, given: object) -> Muted:
        """Raises SettingsError."""
        table = given if isinstance(given, Mapping) else {}
        side, start, end = table.get("side"), table.get("start_ms"), table.get("end_ms")
        if side not in SIDES or not isinstance(start, int) or not (end is None or isinstance(end, int)):
            raise SettingsError("What is to be muted cannot be read.")
        if start < 0 or (end is not None and end <= start):
            raise SettingsError("What is to be muted ends before it begins.")
        return cls(side, start, end)


@dataclass(frozen=True)
class WhoseCalls:
    """What a person's calls are found by: numbers in any form, an extension (staff), a name or word in notes.

    Of the days from the first to the last, both included, where they are said.
    """

    numbers: tuple[str, ...] = ()
    extension: str = ""
    words: str = ""
    first_day: date | None = None
    last_day: date | None = None

    def __bool__(self) -> bool:
        return bool(self.numbers or self.extension or self.words)

    @classmethod
    def read(
        cls,
        numbers: Iterable[str],
        extension: str,
        words: str,
        first_day: date | None = None,
        last_day: date | None = None,
    ) -> WhoseCalls:
        """Raises SettingsError: a number has no digits, there is too much of it, or the days end before they begin."""
        if first_day and last_day and last_day < first_day:
            raise SettingsError("The last day is before the first.")
        kept = tuple(dict.fromkeys(cleaned for each in numbers if (cleaned := _clean(each, 40))))
        if len(kept) > MOST_NUMBERS:
            raise SettingsError(f"At most {MOST_NUMBERS} numbers can be looked for at once.")
        for number in kept:
            if sum(character.isdigit() for character in number) < _FEWEST_DIGITS:
                raise SettingsError(
                    f"“{number}” is not a telephone number.", "Such as 01234 567890 or +44 1234 567890."
                )
        return cls(kept, _clean(extension, 21), _clean(words, LONGEST_NAME), first_day, last_day)

    def span_ms(self, zone: tzinfo) -> tuple[int, int]:
        """From when (included) to when (not) calls may have begun, Unix ms."""
        from_ms = _midnight_ms(self.first_day, zone) if self.first_day else 0
        last = self.last_day
        return from_ms, _midnight_ms(last + timedelta(days=1), zone) if last and last < date.max else _NEVER_MS


@dataclass(frozen=True)
class FoundCalls:
    """What a search found that is not in the case: the ids of the newest, and how many more there are."""

    ids: Sequence[str]
    further: int = 0


@dataclass(frozen=True)
class CaseCall:
    """One call of a case."""

    recording_id: str
    state: CallState = "found"
    reason: str = ""
    muted: tuple[Muted, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A file or a disclosure that belongs to a case; of a bundle only its digest is kept."""

    paper_id: str
    case_id: str
    kind: Literal["authority", "letter", "bundle"]
    name: str
    added_at_ms: int
    added_by_name: str
    sha256: str
    bytes: int = 0


@dataclass(frozen=True)
class DataCase:
    """``reference`` is what people call it; it names nobody. ``further``: how many calls the last search found that it
    has no room for.
    """

    case_id: str
    reference: str
    clock: CaseClock
    subject_name: str
    asked: str
    whose: WhoseCalls
    opened_by_id: str
    opened_by_name: str
    closed_at_ms: int | None = None
    outcome: str = ""
    extended_because: str = ""
    calls: tuple[CaseCall, ...] = field(default=(), repr=False)
    further: int = 0

    @property
    def kind(self) -> CaseKind:
        return self.clock.kind

    @property
    def is_open(self) -> bool:
        return self.closed_at_ms is None

    @property
    def included(self) -> tuple[CaseCall, ...]:
        return tuple(call for call in self.calls if call.state == "included")

    def call(self, recording_id: str) -> CaseCall:
        """Raises ActionRefused: it is not one of this case's."""
        found = next((each for each in self.calls if each.recording_id == recording_id), None)
        if found is None:
            raise ActionRefused("This call is not in the case.", "Find it, or add it by its page.")
        return found

    def must_be_open(self) -> None:
        """Raises ActionRefused."""
        if not self.is_open:
            raise ActionRefused(f"The case {self.reference} is closed.", "Open a new one.")

    def closed(self, at_ms: int, outcome: str) -> DataCase:
        """Raises ActionRefused or SettingsError."""
        self.must_be_open()
        return replace(self, closed_at_ms=at_ms, outcome=text(outcome, "Say how it ended, in a few words."))

    def details(self) -> dict[str, Any]:
        """All that has no column of its own."""
        return {
            "reference": self.reference,
            "asked": self.asked,
            "numbers": list(self.whose.numbers),
            "extension": self.whose.extension,
            "words": self.whose.words,
            "first_day": _text_of(self.whose.first_day),
            "last_day": _text_of(self.whose.last_day),
            "further": self.further,
            "proof_needed": self.clock.proof_needed,
            "proved_on": _text_of(self.clock.proved_on),
            "waits": [[wait.since.isoformat(), _text_of(wait.until)] for wait in self.clock.waits],
            "extended": self.clock.extended,
            "extended_because": self.extended_because,
            "named_day": _text_of(self.clock.named_day),
            "outcome": self.outcome,
        }


def clock_from(kind: str, received_on: str, details: Mapping[str, Any]) -> CaseClock:
    """What ``details`` says of the clock."""
    return CaseClock(
        CaseKind(kind),
        date.fromisoformat(received_on),
        bool(details.get("proof_needed")),
        _day_of(details.get("proved_on")),
        tuple(Wait(date.fromisoformat(since), _day_of(until)) for since, until in details.get("waits", ())),
        bool(details.get("extended")),
        _day_of(details.get("named_day")),
    )


def whose_from(details: Mapping[str, Any]) -> WhoseCalls:
    days = _day_of(details.get("first_day")), _day_of(details.get("last_day"))
    return WhoseCalls(tuple(details.get("numbers", ())), details.get("extension", ""), details.get("words", ""), *days)


def text(given: str, missing: str, longest: int = LONGEST_TEXT) -> str:
    """What somebody wrote, without the spaces around it. Raises SettingsError when it is empty or too long."""
    found = given.strip()
    if not found:
        raise SettingsError(missing)
    if len(found) > longest:
        raise SettingsError(f"That is longer than {longest} letters.")
    return found


def too_large() -> SettingsError:
    """Of a file that somebody wants to keep with a case."""
    most = LARGEST_PAPER_BYTES // 1_000_000
    return SettingsError(f"A file has at most {most} MB.", "Scan it in black and white, or in parts.")


def _midnight_ms(day: date, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def _clean(given: str, longest: int) -> str:
    return " ".join(given.split())[:longest]


def _text_of(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day_of(day: object) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else None
