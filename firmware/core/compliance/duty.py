"""Duties that no machine can see fulfilled: a director says that they are, since when, and it falls due again.

How long a word holds is this product's custom, not the law's, but for the fee, which is paid for a year at a time
(Data Protection (Charges and Information) Regulations 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from firmware.core.errors import SettingsError
from firmware.core.retention import Period

_LONGEST_NOTE = 1000
_SHORTEST_NOTE = 3
_EARLIEST = date(2000, 1, 1)
_SOON = timedelta(days=30)
_YEAR = Period(years=1)


class Duty(StrEnum):
    """What a director can confirm."""

    FEE_PAID = "fee_paid"
    LAWFUL_BASIS = "lawful_basis"
    IMPACT_ASSESSED = "impact_assessed"
    PROCESSING_LISTED = "processing_listed"
    PRIVACY_NOTICE = "privacy_notice"
    STAFF_TOLD = "staff_told"
    STAFF_TRAINED = "staff_trained"
    CALLED_TOLD = "called_told"
    PRIVATE_PHONE = "private_phone"
    COMPLAINTS_WAY = "complaints_way"
    BREACH_PLAN = "breach_plan"
    PERIODS_CHOSEN = "periods_chosen"
    LISTENERS_REVIEWED = "listeners_reviewed"
    CARDS_NOT_TAKEN = "cards_not_taken"
    STORAGE_CONTRACT = "storage_contract"
    NOT_REGULATED = "not_regulated"

    @property
    def holds(self) -> Period:
        """For how long from the day it was so; whoever confirms it may name an earlier day."""
        return Period(months=6) if self is Duty.LISTENERS_REVIEWED else _YEAR


@dataclass(frozen=True)
class Confirmation:
    """Somebody's word that a duty is fulfilled. ``until`` is its last day; ``entered_at_ms`` Unix time."""

    duty: Duty
    on: date
    until: date
    note: str
    by_id: str
    by: str
    entered_at_ms: int

    def holds_on(self, today: date) -> bool:
        return today <= self.until

    def ends_soon(self, today: date) -> bool:
        return self.holds_on(today) and self.until - today <= _SOON


def read_word(duty: Duty, on: date, until: date | None, note: str, today: date) -> tuple[date, str]:
    """The last day of somebody's word, and the note to it.

    Raises:
        SettingsError: a day makes no sense, or the note says nothing.
    """
    if on > today:
        raise SettingsError("That day has not come yet: confirm it when it is so.")
    if on < _EARLIEST:
        raise SettingsError("That day is too long ago to be right.")
    longest = duty.holds.after(on)
    last = until or longest
    if last < on:
        raise SettingsError("It cannot end before it began.")
    if last > longest:
        raise SettingsError(f"It holds until {longest:%-d %B %Y} at the latest: then it is to be looked at again.")
    if last < today:
        raise SettingsError(f"It was over on {last:%-d %B %Y}: confirm it when it is so again.")
    return last, note_of(note)


def note_of(typed: str) -> str:
    """Raises SettingsError: it is empty or too long."""
    note = " ".join(typed.split())
    if len(note) < _SHORTEST_NOTE:
        raise SettingsError("Say in a few words how you know, or where it is written down.")
    if len(note) > _LONGEST_NOTE:
        raise SettingsError(f"That is longer than {_LONGEST_NOTE} letters.")
    return note
