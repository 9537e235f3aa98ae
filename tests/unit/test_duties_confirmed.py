"""What only a person can know is confirmed for a day that has been, with a note, and falls due again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from firmware.core.compliance.duty import Confirmation, Duty, read_word
from firmware.core.compliance.training import Lesson, lessons_left
from firmware.core.errors import SettingsError

TODAY = date(2027, 3, 1)
NOTE = "Register entry ZA000000, in the safe."


@pytest.mark.parametrize("duty", Duty)
def test_a_word_holds_a_year_at_the_most(duty: Duty) -> None:
    last, _ = read_word(duty, TODAY, None, NOTE, TODAY)
    assert last == (date(2027, 9, 1) if duty is Duty.LISTENERS_REVIEWED else date(2028, 3, 1))
    with pytest.raises(SettingsError, match="at the latest"):
        read_word(duty, TODAY, last + timedelta(days=1), NOTE, TODAY)


@pytest.mark.parametrize(
    ("on", "until", "note", "why"),
    [
        (date(2027, 3, 2), None, NOTE, "not come yet"),
        (date(1999, 1, 1), None, NOTE, "too long ago"),
        (date(2027, 2, 1), date(2027, 1, 1), NOTE, "before it began"),
        (date(2026, 2, 28), None, NOTE, "was over on 28 February 2027"),
        (TODAY, None, " . ", "in a few words"),
        (TODAY, None, "x" * 1001, "longer than"),
    ],
)
def test_what_makes_no_sense_is_refused(on: date, until: date | None, note: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        read_word(Duty.FEE_PAID, on, until, note, TODAY)


def test_it_is_told_a_month_before_it_ends() -> None:
    until = date(2027, 3, 31)
    word = Confirmation(Duty.FEE_PAID, date(2026, 4, 1), until, NOTE, "1", "dora", 0)
    assert word.ends_soon(TODAY)
    assert not word.ends_soon(TODAY - timedelta(days=1))
    assert word.holds_on(until)
    assert not word.holds_on(until + timedelta(days=1))


def test_the_training_is_read_once_a_year() -> None:
    read = {Lesson.PAUSING: date(2026, 3, 1), Lesson.TELLING: date(2026, 2, 28)}
    assert lessons_left(read, TODAY) == (Lesson.TELLING, Lesson.CARE)
    assert lessons_left({each: TODAY for each in Lesson}, TODAY) == ()
