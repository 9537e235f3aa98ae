"""A legal hold says what for, whose it is and when it is looked at again; it ends with a reason."""

from __future__ import annotations

from datetime import date

import pytest

from firmware.core.errors import ActionRefused, SettingsError
from firmware.core.legal_hold import MOST_RECORDINGS, LegalHold, due_for_review, place, to_be_held

TODAY = date(2026, 11, 22)
LATER = date(2027, 5, 1)


def placed(purpose: str = "claim 4711", review_on: date = LATER) -> LegalHold:
    return place("h1", ("p1", "anna"), purpose, review_on, 5, TODAY)


def test_it_has_a_purpose_an_owner_and_a_day_for_review() -> None:
    hold = placed("  claim   4711 ")
    assert (hold.purpose, hold.owner_name, hold.review_on, hold.stands) == ("claim 4711", "anna", LATER, True)


@pytest.mark.parametrize("purpose", ["", "  x ", "x" * 501])
def test_without_a_purpose_in_words_there_is_none(purpose: str) -> None:
    with pytest.raises(SettingsError, match="purpose"):
        placed(purpose)


@pytest.mark.parametrize("review_on", [TODAY, date(2026, 1, 1), date(2027, 11, 24)])
def test_the_review_is_after_today_and_within_a_year(review_on: date) -> None:
    with pytest.raises(SettingsError, match="review"):
        placed(review_on=review_on)
    with pytest.raises(SettingsError, match="review"):
        placed().reviewed(review_on, TODAY)


def test_a_review_puts_the_next_one_off() -> None:
    assert due_for_review([placed()], LATER) == 1
    assert due_for_review([placed().reviewed(date(2027, 10, 1), LATER)], LATER) == 0


def test_it_is_released_once_and_with_a_reason() -> None:
    with pytest.raises(SettingsError, match="reason"):
        placed().released(9, "p2", " ")
    released = placed().released(9, "p2", "the claim was settled")
    assert not released.stands
    assert due_for_review([released], date(2030, 1, 1)) == 0
    with pytest.raises(ActionRefused):
        released.released(9, "p2", "again")
    with pytest.raises(ActionRefused):
        released.reviewed(LATER, TODAY)


def test_it_is_on_each_recording_once_on_one_at_least_and_not_on_all_there_are() -> None:
    assert to_be_held(["b", "a", "b"]) == ["b", "a"]
    for wrong in ([], [str(number) for number in range(MOST_RECORDINGS + 1)]):
        with pytest.raises(SettingsError):
            to_be_held(wrong)
