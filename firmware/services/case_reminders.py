"""Reminds of people's requests that are soon due, or overdue: by their reference, which names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from firmware.core.case_clock import DayOff, standing
from firmware.ports.cases import CaseStore


class CaseReminders:
    """A ``KeeperTask``."""

    name = "requests about data"
    every_s = 3600.0

    def __init__(self, store: CaseStore, zone: tzinfo, is_day_off: DayOff) -> None:
        self._store = store
        self._zone = zone
        self._is_day_off = is_day_off
        self._attention: tuple[str, ...] = ()

    @property
    def attention(self) -> Sequence[str]:
        return self._attention

    def run(self, now_ms: int) -> None:
        today = datetime.fromtimestamp(now_ms / 1000, self._zone).date()
        stands = [(case, standing(case.clock, today, self._is_day_off)) for case in self._store.cases(is_open=True)]
        self._attention = tuple(
            f"Case {case.reference} ({case.kind.shown.lower()}) is {each.words}. Answer it under Cases."
            for case, each in stands
            if each.to_be_reminded_of
        )
