"""A breach of people's data, and its clock: the Information Commissioner is told within 72 hours, or it is written down
why that is not needed.

UK GDPR, Article 33(1): without undue delay and, where feasible, not later than 72 hours after having become aware of
it, unless it is unlikely to result in a risk to people; nights and holidays count. Article 34: the people themselves,
without undue delay, where the risk is high. Article 33(5): every breach is written down, with its effects and what was
done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from firmware.core.compliance.duty import note_of
from firmware.core.errors import ActionRefused, SettingsError

WITHIN_MS = 72 * 3_600_000
_NOW_MS = 24 * 3_600_000
_HOUR_MS = 3_600_000

#: Who is told of a breach, or need not be.
Told = Literal["commissioner", "people"]
TOLD: tuple[Told, ...] = ("commissioner", "people")
Urgency = Literal["closed", "answered", "open", "now", "overdue"]


@dataclass(frozen=True)
class Answer:
    """What was done about telling somebody. ``needed`` False: why it is not; else when (Unix ms), and the reference."""

    needed: bool
    at_ms: int
    because: str
    by: str

    def to_json(self) -> dict[str, Any]:
        return {"needed": self.needed, "at_ms": self.at_ms, "because": self.because, "by": self.by}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Answer:
        return cls(bool(kept["needed"]), int(kept["at_ms"]), str(kept["because"]), str(kept["by"]))


@dataclass(frozen=True)
class Breach:
    """Times are Unix milliseconds. ``aware_at_ms``: when the office knew of it, from when the clock runs."""

    breach_id: str
    aware_at_ms: int
    what: str
    whose: str
    effects: str
    by: str
    entered_at_ms: int
    commissioner: Answer | None = None
    people: Answer | None = None
    measures: str = ""
    closed_at_ms: int | None = None

    @property
    def version(self) -> str:
        """Another whenever anything of it has changed."""
        return hashlib.sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def is_open(self) -> bool:
        return self.closed_at_ms is None

    @property
    def due_ms(self) -> int:
        return self.aware_at_ms + WITHIN_MS

    def urgency(self, now_ms: int) -> Urgency:
        """How much it presses that the commissioner be told."""
        if not self.is_open:
            return "closed"
        if self.commissioner is not None:
            return "answered"
        left_ms = self.due_ms - now_ms
        return "overdue" if left_ms < 0 else "now" if left_ms <= _NOW_MS else "open"

    def hours_left(self, now_ms: int) -> int:
        """Whole hours; below zero: since when it is over."""
        return (self.due_ms - now_ms) // _HOUR_MS

    @property
    def told_late(self) -> bool:
        """The commissioner was told, and later than within 72 hours: then the reasons go with it (Article 33(1))."""
        told = self.commissioner
        return told is not None and told.needed and told.at_ms > self.due_ms

    def answered(self, whom: Told, answer: Answer) -> Breach:
        """Raises ActionRefused or SettingsError: it is closed, or that cannot have been then."""
        self._must_be_open()
        if answer.needed and answer.at_ms < self.aware_at_ms:
            raise SettingsError("Nobody can have been told before the office knew of it.")
        if whom == "commissioner":
            return replace(self, commissioner=answer)
        return replace(self, people=answer)

    def closed(self, now_ms: int, measures: str) -> Breach:
        """Raises ActionRefused or SettingsError: it is closed, nobody decided whom to tell, or it is not said what was
        done."""
        self._must_be_open()
        if self.commissioner is None or self.people is None:
            raise ActionRefused(
                "It stays open until it is decided whether the commissioner and the people concerned are told.",
                "Say for each that they were told, or why that is not needed.",
            )
        return replace(self, measures=note_of(measures), closed_at_ms=now_ms)

    def must_be(self, seen: str) -> None:
        """Whoever changes it goes by what they saw of it: its ``version`` then. Raises ActionRefused."""
        if seen != self.version:
            raise ActionRefused(
                "Somebody changed this breach after you had opened it.",
                "Read what it says now, and write yours down where it is still needed.",
            )

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise ActionRefused("This breach is closed: what was written down of it stays as it is.", "")
