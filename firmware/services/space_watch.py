"""Watches the room on the data disk: a forecast for people, alarms in time, and what was chosen for when it is short.

Nothing that is not expired ever goes for want of room, unless a person who may named its class for that, and this very
choice is the last one in the evidence. A regulated class cannot be named; a held recording never goes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from firmware.core.retention import RetentionClasses
from firmware.core.space_forecast import (
    HORIZON_DAYS,
    Outlook,
    Shortage,
    SpaceForecast,
    SpaceSample,
    forecast,
    growth_of_others,
    size,
)
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.space_meter import SpaceMeter
from firmware.ports.space_watch import SpaceChoice, SpaceTables

_LOG = logging.getLogger(__name__)
_DAY_MS = 86_400_000
_LOOK_BACK_DAYS = 28
_SAMPLES_KEPT_DAYS = 730
_SAMPLES_USED_DAYS = 56
_NEARLY = 2  # nearly full: less is free than twice the reserve

_WITHOUT_ROOM = (
    "New calls go to the small spool beside the data disk; once that is full, too, they are not recorded. Calls go on"
)
_ADVICE = "Put in a larger disk, or keep some classes of recordings less long."
_NOT_THE_LAST = (
    "What was chosen for a full disk is not what the evidence tells of last: the catalogue is an older one, or was "
    "changed. Nothing goes before its time until somebody chooses anew, on the page under Keeping."
)


@dataclass(frozen=True)
class SpaceRules:
    """What the settings say. ``reserve_bytes`` are never recorded into."""

    reserve_bytes: int
    classes: RetentionClasses


class SpaceWatch:
    """A ``KeeperTask``. ``forecast``, ``words`` and ``choice`` may be read by any thread.

    Args:
        last_choice: the number of the evidence's last line about such a choice; 0 where there is none.
    """

    name = "room on the disk"
    every_s = 3600.0

    def __init__(
        self,
        meter: SpaceMeter,
        tables: SpaceTables,
        evidence: EvidenceDesk,
        last_choice: Callable[[], int],
        rules: SpaceRules,
        zone: tzinfo,
    ) -> None:
        self._meter = meter
        self._tables = tables
        self._evidence = evidence
        self._last_choice = last_choice
        self._rules = rules
        self._zone = zone
        self._told = Shortage.NONE
        self._attention: tuple[str, ...] = ()
        self.forecast: SpaceForecast | None = None
        self.words = ""

    @property
    def attention(self) -> Sequence[str]:
        return self._attention

    @property
    def choice(self) -> SpaceChoice:
        """As it stands now. Raises StorageError."""
        chosen = self._tables.chosen()
        return chosen.choice if chosen else SpaceChoice()

    def run(self, now_ms: int) -> None:
        """Measure, look ahead, tell, and do what was chosen."""
        chosen = self._tables.chosen()
        now = self._sample(now_ms)
        ahead = forecast(now, self._outlook(now_ms), self._rules.reserve_bytes)
        self.words, self.forecast = ahead.words(self._day(now_ms)), ahead
        self._tell(ahead)
        self._attention = self._worries(ahead, chosen.choice if chosen else SpaceChoice())
        nearly_full = now.free_bytes < _NEARLY * self._rules.reserve_bytes
        if nearly_full and chosen and chosen.choice.when_full == "shorten":
            if self._last_choice() == chosen.evidence_line:
                self._shorten(chosen.choice.shorten, now, now_ms)
            else:
                self._attention = (*self._attention, _NOT_THE_LAST)

    def _sample(self, now_ms: int) -> SpaceSample:
        space = self._meter.measure()
        taken, count = self._tables.recordings_now()
        now = SpaceSample(now_ms, space.total_bytes, space.free_bytes, taken, count)
        self._tables.add_sample(now, now_ms - _SAMPLES_KEPT_DAYS * _DAY_MS)
        return now

    def _outlook(self, now_ms: int) -> Outlook:
        return Outlook(
            self._a_day(now_ms),
            self._kept_days(now_ms),
            self._tables.freed_by_day(now_ms, HORIZON_DAYS),
            growth_of_others(self._tables.samples(now_ms - _SAMPLES_USED_DAYS * _DAY_MS)),
        )

    def _a_day(self, now_ms: int) -> Mapping[str, float]:
        """Of the last four weeks, or of as much as there was: a box that is new today has recorded for one day."""
        oldest = self._tables.oldest_ms()
        if oldest is None:
            return {}
        since = max(oldest, now_ms - _LOOK_BACK_DAYS * _DAY_MS)
        days = max(1.0, (now_ms - since) / _DAY_MS)
        return {name: taken / days for name, taken in self._tables.recorded_between(since, now_ms).items()}

    def _kept_days(self, now_ms: int) -> Mapping[str, int]:
        today = self._day(now_ms)
        return {name: (each.period.after(today) - today).days for name, each in self._rules.classes.by_name.items()}

    def _tell(self, ahead: SpaceForecast) -> None:
        """An evidence line when it has become worse, or better again."""
        if ahead.shortage != self._told:
            days = {} if ahead.full_in_days is None else {"full_in_days": str(ahead.full_in_days)}
            self._evidence.enter("space-short", {"level": ahead.shortage.word, **days}, None)
            _LOG.log(logging.WARNING if ahead.shortage else logging.INFO, "room on the disk: %s", self.words)
            self._told = ahead.shortage

    def _worries(self, ahead: SpaceForecast, choice: SpaceChoice) -> tuple[str, ...]:
        """That there is none left now a check of the box's health tells (``health_checks.disk_check``)."""
        if ahead.shortage in (Shortage.NONE, Shortage.NOW):
            return ()
        return (f"{self.words} {_what_then(choice)} {_ADVICE}",)

    def _shorten(self, classes: Sequence[str], now: SpaceSample, now_ms: int) -> None:
        """Order what is missing to a comfortable margin, from the classes that were named, the oldest first."""
        allowed = [name for name in classes if name not in self._rules.classes.regulated]
        wanted = (_NEARLY + 1) * self._rules.reserve_bytes - now.free_bytes
        count, freed = self._tables.order_oldest(allowed, wanted, now_ms)
        if count:
            self._evidence.enter("space-shortened", {"recordings": str(count)}, {"classes": allowed})
            _LOG.warning("%d recordings go before their time for want of room, as was chosen", count)
        if freed < wanted:
            missing = "There is nothing left to erase of the classes that were named for that"
            self._attention = (*self._attention, f"{missing}: {size(wanted - freed)} are missing. {_ADVICE}")

    def _day(self, now_ms: int) -> date:
        return datetime.fromtimestamp(now_ms / 1000, self._zone).date()


def _what_then(choice: SpaceChoice) -> str:
    if choice.when_full == "shorten":
        return f"Then the oldest recordings of these classes go first, as was chosen: {', '.join(choice.shorten)}."
    return f"Then nothing goes before its time, unless something else is chosen under Keeping. {_WITHOUT_ROOM}."
