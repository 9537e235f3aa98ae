"""What somebody looks for when they read the evidence log, newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware.core.evidence_chain import EvidenceLine

#: A day's file, and how far into it: the place after which nothing is wanted.
_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}):([0-9]{1,12})")
#: Whom a line is about stands under these names.
PEOPLE = ("person", "about", "requester", "by", "invited_by")


@dataclass(frozen=True)
class Place:
    """Between two lines of a day's file: ``offset`` bytes from its beginning."""

    day: str
    offset: int

    def to_text(self) -> str:
        return f"{self.day}:{self.offset}"

    @classmethod
    def from_text(cls, text: str) -> Place | None:
        """None for what is no place."""
        found = _PLACE.fullmatch(text)
        return cls(found[1], int(found[2])) if found else None


@dataclass(frozen=True)
class EvidenceSearch:
    """Everything narrows it down; empty means whatever there is.

    Attributes:
        since, until: of the line's time, the end not included.
        kinds: of these only.
        person_id: that did it, or to whom it was done.
        recording_id: about that recording.
        before: older than this place only.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[str] = frozenset()
    person_id: str = ""
    recording_id: str = ""
    before: Place | None = None

    def might_find(self, raw: bytes) -> bool:
        """A quick look that spares reading most lines: what is looked for would stand in the line, letter by letter."""
        kinds = not self.kinds or any(f" {kind} ".encode() in raw for kind in self.kinds)
        return kinds and self.person_id.encode() in raw and self.recording_id.encode() in raw

    def finds(self, line: EvidenceLine) -> bool:
        if self.kinds and line.kind not in self.kinds:
            return False
        if self.person_id and self.person_id not in (line.subject.get(name) for name in PEOPLE):
            return False
        if self.recording_id and line.subject.get("recording") != self.recording_id:
            return False
        return (self.since is None or line.at >= self.since) and (self.until is None or line.at < self.until)

    @property
    def first_day(self) -> str:
        """No file of an earlier day is looked at; days begin at midnight UTC."""
        return _day(self.since) if self.since else ""

    @property
    def last_day(self) -> str:
        return _day(self.until) if self.until else "9999-12-31"


@dataclass(frozen=True)
class FoundLine:
    """A line as it stands; ``line`` is None where the log is damaged."""

    place: Place
    line: EvidenceLine | None


@dataclass(frozen=True)
class EvidencePage:
    """Some lines, newest first. ``older`` is where to go on, None at the end of what was asked for. A page may be short
    or empty and still have older ones: a reader looks through a bounded part of the log at a time.
    """

    lines: tuple[FoundLine, ...]
    older: Place | None


@dataclass(frozen=True)
class Detail:
    """What a line commits to. ``sound``: it is what the line commits to, to the letter."""

    words: Mapping[str, Any]
    sound: bool


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
