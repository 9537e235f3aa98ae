"""By when a person's request about their data must be answered.

UK GDPR, Article 12(3) and 12A (the latter put in by the Data (Use and Access) Act 2025): one calendar month from
receipt, or from the proof of identity where that was needed and came later. The last day is the one that bears the same
date in the next month, the month's last where there is none such (Dodds v Walker [1981] UKHL 4); on a weekend or bank
holiday it is the next working day, as the Information Commissioner's guidance has it. While the office waits for a
clarification it reasonably asked for, days do not count. A complex request may be given two months more, if the person
is told within the first. A complaint is acknowledged within 30 days (DPA 2018, s.164A), the day it came included. An
authority names its own day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from firmware.core.errors import ActionRefused, SettingsError
from firmware.core.retention import Period

_MONTH, _EXTENDED = Period(months=1), Period(months=3)
_COMPLAINT_DAYS = 30
_SOON_DAYS = 7
_NOW_DAYS = 2

DayOff = Callable[[date], bool]


class CaseKind(StrEnum):
    """What somebody asks for."""

    SUBJECT_ACCESS = "subject_access"
    ERASURE = "erasure"
    OBJECTION = "objection"
    RESTRICTION = "restriction"
    COMPLAINT = "complaint"
    AUTHORITY = "authority"

    @property
    def shown(self) -> str:
        return _SHOWN[self]

    @property
    def law(self) -> str:
        """Where it is written."""
        return _LAW[self]


_SHOWN = {
    CaseKind.SUBJECT_ACCESS: "Subject access",
    CaseKind.ERASURE: "Erasure",
    CaseKind.OBJECTION: "Objection",
    CaseKind.RESTRICTION: "Restriction",
    CaseKind.COMPLAINT: "Complaint",
    CaseKind.AUTHORITY: "Police or other authority",
}
_LAW = {
    CaseKind.SUBJECT_ACCESS: "UK GDPR, Article 15",
    CaseKind.ERASURE: "UK GDPR, Article 17",
    CaseKind.OBJECTION: "UK GDPR, Article 21",
    CaseKind.RESTRICTION: "UK GDPR, Article 18",
    CaseKind.COMPLAINT: "Data Protection Act 2018, section 164A",
    CaseKind.AUTHORITY: "Data Protection Act 2018, Schedule 2, paragraph 2",
}


@dataclass(frozen=True)
class Wait:
    """Days that do not count: a clarification was asked for on ``since``, and came on ``until``."""

    since: date
    until: date | None = None


@dataclass(frozen=True)
class CaseClock:
    """What the time to answer depends on. ``proof_needed``: of who the person is; ``proved_on`` when it came."""

    kind: CaseKind
    received_on: date
    proof_needed: bool = False
    proved_on: date | None = None
    waits: tuple[Wait, ...] = ()
    extended: bool = False
    named_day: date | None = None

    @property
    def waits_for_proof(self) -> bool:
        return self.proof_needed and self.proved_on is None

    @property
    def waits_for_clarification(self) -> bool:
        return bool(self.waits) and self.waits[-1].until is None

    @property
    def starts_on(self) -> date | None:
        """The day from which time runs; None while proof of identity is awaited."""
        if self.waits_for_proof:
            return None
        return max(self.received_on, self.proved_on or self.received_on)

    # -- what happens to it, each a new clock -------------------------------------------------------------------------

    def proved(self, on: date) -> CaseClock:
        """Raises ActionRefused or SettingsError: proof is not awaited, or cannot have come then."""
        if not self.waits_for_proof:
            raise ActionRefused("Proof of identity is not awaited in this case.", "")
        return replace(self, proved_on=self._not_before(on, self.received_on))

    def asked_back(self, on: date) -> CaseClock:
        """A clarification was asked for: the clock stands. Raises as ``proved``."""
        self._must_run_by_months("paused")
        if self.waits_for_clarification:
            raise ActionRefused("A clarification is awaited already.", "")
        earliest = max((wait.until or wait.since for wait in self.waits), default=self.received_on)
        return replace(self, waits=(*self.waits, Wait(self._not_before(on, earliest))))

    def clarified(self, on: date) -> CaseClock:
        """The clarification came: the clock runs on. Raises as ``proved``."""
        if not self.waits_for_clarification:
            raise ActionRefused("No clarification is awaited in this case.", "")
        last = self.waits[-1]
        return replace(self, waits=(*self.waits[:-1], Wait(last.since, self._not_before(on, last.since))))

    def extend(self, on: date, is_day_off: DayOff) -> CaseClock:
        """Two months more; the person must be told within the first month.

        Raises:
            ActionRefused: it was extended already, cannot be, or the first month is over.
        """
        self._must_run_by_months("extended")
        if self.extended:
            raise ActionRefused("It was extended already; that can be done once.", "")
        due = due_on(self, is_day_off)
        if due is not None and on > due:
            raise ActionRefused(f"The month was over on {due:%-d %B %Y}: it is too late to extend it.", "Answer now.")
        return replace(self, extended=True)

    def _must_run_by_months(self, done: str) -> None:
        if self.kind in (CaseKind.COMPLAINT, CaseKind.AUTHORITY):
            raise ActionRefused(f"The time of a case of this kind ({self.kind.shown}) cannot be {done}.", "")

    @staticmethod
    def _not_before(on: date, earliest: date) -> date:
        if on < earliest:
            raise SettingsError(f"That cannot have been before {earliest:%-d %B %Y}.")
        return on


def due_on(clock: CaseClock, is_day_off: DayOff) -> date | None:
    """The last day to answer; None while the clock stands, or where nobody named a day."""
    if clock.kind is CaseKind.AUTHORITY:
        return clock.named_day
    if clock.kind is CaseKind.COMPLAINT:
        return clock.received_on + timedelta(days=_COMPLAINT_DAYS - 1)
    start = clock.starts_on
    if start is None or clock.waits_for_clarification:
        return None
    stood = sum(max(0, ((wait.until or wait.since) - max(wait.since, start)).days) for wait in clock.waits)
    due = (_EXTENDED if clock.extended else _MONTH).after(start) + timedelta(days=stood)
    while is_day_off(due):
        due += timedelta(days=1)
    return due


Urgency = Literal["closed", "waits", "open", "soon", "now", "overdue"]


@dataclass(frozen=True)
class Standing:
    """How a case stands today, in a few words."""

    due_on: date | None
    urgency: Urgency
    words: str

    @property
    def to_be_reminded_of(self) -> bool:
        return self.urgency in ("soon", "now", "overdue")


def standing(clock: CaseClock, today: date, is_day_off: DayOff) -> Standing:
    """How an open case stands."""
    due = due_on(clock, is_day_off)
    if due is None:
        return Standing(None, "waits" if clock.kind is not CaseKind.AUTHORITY else "open", _why_no_day(clock))
    left = (due - today).days
    if left < 0:
        return Standing(due, "overdue", f"overdue by {_days(-left)}")
    urgency: Urgency = "now" if left <= _NOW_DAYS else "soon" if left <= _SOON_DAYS else "open"
    return Standing(due, urgency, "due today" if left == 0 else f"due in {_days(left)}")


def _why_no_day(clock: CaseClock) -> str:
    if clock.waits_for_proof:
        return "waits for proof of identity"
    return "waits for a clarification" if clock.waits_for_clarification else "no day was named"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
