"""What everybody who uses the office's telephones reads and ticks, once a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from firmware.core.retention import Period

_HOLDS = Period(years=1)


class Lesson(StrEnum):
    """One page of the training."""

    PAUSING = "pausing"
    TELLING = "telling"
    CARE = "care"


def is_fresh(read_on: date, today: date) -> bool:
    """Whether a page that was read on a day counts as read."""
    return today <= _HOLDS.after(read_on)


def lessons_left(read: Mapping[Lesson, date], today: date) -> tuple[Lesson, ...]:
    """What somebody has to read (again)."""
    return tuple(each for each in Lesson if each not in read or not is_fresh(read[each], today))
