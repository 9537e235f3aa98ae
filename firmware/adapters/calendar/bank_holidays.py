"""Weekends and the bank holidays of England and Wales (Banking and Financial Dealings Act 1971), by ``holidays``."""

from __future__ import annotations

from datetime import date

import holidays

_SATURDAY = 5


class EnglandAndWales:
    """Knows days off for any year. Any thread."""

    def __init__(self) -> None:
        self._bank_holidays = holidays.country_holidays("GB", subdiv="ENG", language="en_GB")

    def is_day_off(self, day: date) -> bool:
        return day.weekday() >= _SATURDAY or day in self._bank_holidays
