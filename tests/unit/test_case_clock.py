"""By when a request must be answered: calendar months, proof, clarifications, extensions, weekends, bank holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.bank_holidays import is_day_off
from firmware.core.case_clock import CaseClock, CaseKind, Wait, due_on, standing
from firmware.core.errors import ActionRefused, SettingsError

OFF = is_day_off
ACCESS = CaseKind.SUBJECT_ACCESS
BY_MONTHS = [kind for kind in CaseKind if kind not in (CaseKind.COMPLAINT, CaseKind.AUTHORITY)]
DAYS = st.dates(date(2025, 1, 1), date(2040, 12, 31))


def access(received: str, proof_needed: bool = False, proved_on: date | None = None) -> CaseClock:
    return CaseClock(ACCESS, date.fromisoformat(received), proof_needed, proved_on)


@pytest.mark.parametrize(
    ("received", "due", "why"),
    [
        ("2026-09-03", "2026-10-05", "3 October is a Saturday"),
        ("2026-09-07", "2026-10-07", "the same date of the next month"),
        ("2026-03-31", "2026-04-30", "April has no 31st"),
        ("2027-01-29", "2027-03-01", "the last of February is a Sunday"),
        ("2028-01-30", "2028-02-29", "a leap year"),
        ("2026-11-25", "2026-12-29", "Christmas Day, Saturday, Sunday, and the substitute for Boxing Day"),
        ("2026-03-03", "2026-04-07", "Good Friday to Easter Monday"),
        ("2026-07-31", "2026-09-01", "31 August is the summer bank holiday"),
        ("2026-09-05", "2026-10-05", "received on a Saturday counts from that day"),
    ],
)
def test_one_calendar_month_from_receipt(received: str, due: str, why: str) -> None:
    assert due_on(access(received), OFF) == date.fromisoformat(due), why


def test_time_runs_from_the_proof_of_identity_where_that_comes_later() -> None:
    clock = access("2026-09-01", proof_needed=True)
    assert due_on(clock, OFF) is None
    assert standing(clock, date(2026, 12, 1), OFF).words == "waits for proof of identity"
    assert due_on(clock.proved(date(2026, 9, 14)), OFF) == date(2026, 10, 14)
    with pytest.raises(SettingsError, match="before 1 September 2026"):
        clock.proved(date(2026, 8, 31))
    with pytest.raises(ActionRefused):
        clock.proved(date(2026, 9, 14)).proved(date(2026, 9, 15))


def test_days_do_not_count_while_a_clarification_is_awaited() -> None:
    asked = access("2026-09-07").asked_back(date(2026, 9, 10))
    assert due_on(asked, OFF) is None
    assert standing(asked, date(2027, 1, 1), OFF).urgency == "waits"
    assert due_on(asked.clarified(date(2026, 9, 15)), OFF) == date(2026, 10, 12)
    again = asked.clarified(date(2026, 9, 15)).asked_back(date(2026, 9, 20)).clarified(date(2026, 9, 21))
    assert due_on(again, OFF) == date(2026, 10, 13)
    with pytest.raises(ActionRefused, match="awaited already"):
        asked.asked_back(date(2026, 9, 11))
    with pytest.raises(SettingsError):
        asked.clarified(date(2026, 9, 9))


def test_what_was_asked_before_the_proof_came_stops_no_clock_that_did_not_run() -> None:
    clock = access("2026-09-01", proof_needed=True, proved_on=date(2026, 9, 14))
    waited = CaseClock(ACCESS, clock.received_on, True, clock.proved_on, (Wait(date(2026, 9, 2), date(2026, 9, 16)),))
    assert due_on(waited, OFF) == date(2026, 10, 16)


def test_two_months_more_once_and_only_within_the_first() -> None:
    clock = access("2026-09-07")
    assert due_on(clock.extend(date(2026, 10, 7), OFF), OFF) == date(2026, 12, 7)
    with pytest.raises(ActionRefused, match="too late"):
        clock.extend(date(2026, 10, 8), OFF)
    with pytest.raises(ActionRefused, match="once"):
        clock.extend(date(2026, 9, 8), OFF).extend(date(2026, 9, 9), OFF)


def test_a_complaint_is_acknowledged_within_thirty_days_and_an_authority_names_its_day() -> None:
    complaint = CaseClock(CaseKind.COMPLAINT, date(2026, 9, 1))
    assert due_on(complaint, OFF) == date(2026, 9, 30)
    authority = CaseClock(CaseKind.AUTHORITY, date(2026, 9, 1))
    assert due_on(authority, OFF) is None
    assert standing(authority, date(2026, 9, 2), OFF).words == "no day was named"
    named = CaseClock(CaseKind.AUTHORITY, date(2026, 9, 1), named_day=date(2026, 9, 12))
    assert due_on(named, OFF) == date(2026, 9, 12)
    for clock in (complaint, authority):
        with pytest.raises(ActionRefused):
            clock.extend(date(2026, 9, 2), OFF)
        with pytest.raises(ActionRefused):
            clock.asked_back(date(2026, 9, 2))


@pytest.mark.parametrize(
    ("today", "urgency", "words"),
    [
        ("2026-09-20", "open", "due in 17 days"),
        ("2026-09-30", "soon", "due in 7 days"),
        ("2026-10-06", "now", "due in 1 day"),
        ("2026-10-07", "now", "due today"),
        ("2026-10-08", "overdue", "overdue by 1 day"),
    ],
)
def test_the_nearer_the_day_the_louder_it_is_said(today: str, urgency: str, words: str) -> None:
    stands = standing(access("2026-09-07"), date.fromisoformat(today), OFF)
    assert (stands.urgency, stands.words) == (urgency, words)
    assert stands.to_be_reminded_of == (urgency != "open")


@given(st.sampled_from(BY_MONTHS), DAYS)
def test_the_last_day_is_a_working_day_at_least_four_weeks_after(kind: CaseKind, received: date) -> None:
    due = due_on(CaseClock(kind, received), OFF)
    assert due is not None
    assert not OFF(due)
    assert timedelta(days=28) <= due - received <= timedelta(days=37)


@given(DAYS, st.integers(0, 200))
def test_who_asks_later_is_never_answered_earlier(received: date, later: int) -> None:
    first, second = (due_on(CaseClock(ACCESS, received + timedelta(days=days)), OFF) for days in (0, later))
    assert first is not None
    assert second is not None
    assert first <= second


@given(DAYS, st.integers(0, 25), st.integers(0, 400))
def test_as_many_days_as_were_waited_are_added(received: date, asked_after: int, waited: int) -> None:
    clock = CaseClock(ACCESS, received)
    asked = clock.asked_back(received + timedelta(days=asked_after))
    due, moved = due_on(clock, OFF), due_on(asked.clarified(asked.waits[0].since + timedelta(days=waited)), OFF)
    assert due is not None
    assert moved is not None
    assert -6 <= (moved - due).days - waited <= 6
    assert moved >= due


@given(DAYS)
def test_extending_never_shortens(received: date) -> None:
    clock = CaseClock(ACCESS, received)
    due, extended = due_on(clock, OFF), due_on(clock.extend(received, OFF), OFF)
    assert due is not None
    assert extended is not None
    assert timedelta(days=52) <= extended - due <= timedelta(days=70)


def test_bank_holidays_are_those_of_england_and_wales() -> None:
    off = [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25)]
    off += [date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28), date(2027, 12, 27), date(2027, 12, 28)]
    assert all(OFF(day) for day in off)
    assert not OFF(date(2026, 1, 2))  # Scotland's
    assert not OFF(date(2026, 3, 17))  # Northern Ireland's
