"""Takes changed retention classes in: what the settings say counts for recordings once the keeper has reckoned by it.

Longer is taken in at once. Shorter is refused for a regulated class; for another it is taken in at once only where no
recording would go sooner by it: otherwise a person must say how many go at once and how many sooner in all, and both
numbers must be right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from firmware.core.errors import ActionRefused
from firmware.core.retention import Period, RetentionClass, RetentionClasses
from firmware.core.shortening import Shortening, Starts, shortened_starts
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.retention import AppliedClass, RetentionTables

_LOG = logging.getLogger(__name__)
_AT_ONCE = 1000


@dataclass(frozen=True)
class WaitingChange:
    """A class that the settings make shorter, and that goes on as it is until somebody says what that may cost."""

    name: str
    keeps: Period
    wanted: Period
    takes: Shortening


class ClassesInEffect:
    """One thread at a time, but ``waiting`` and ``confirm``, which any may call."""

    def __init__(
        self, classes: RetentionClasses, zone: ZoneInfo, tables: RetentionTables, evidence: EvidenceDesk
    ) -> None:
        self._classes = classes
        self._zone = zone
        self._tables = tables
        self._evidence = evidence
        self._confirmed: dict[RetentionClass, Shortening] = {}
        self.attention: tuple[str, ...] = ()

    def take_in(self, now_ms: int) -> None:
        """Apply what the settings say, reckon what is undated, and note what stands in the way.

        Raises:
            StorageError, ServiceAway: some of it is not done; call it again.
        """
        worries: list[str] = []
        for wanted in self._classes.by_name.values():
            worries += self._take_in(wanted, now_ms)
        expiry = self._expiry_by_class()
        self._tables.take_chosen(list(expiry))
        while self._tables.date_undated(expiry, _AT_ONCE) == _AT_ONCE:
            pass
        for name, count in self._tables.count_of_others(list(expiry)).items():
            worries.append(
                f"{count} recordings are of the retention class {name}, of which the settings do not say how long it "
                "keeps: they are kept. Add a [[retention]] of that name."
            )
        self.attention = tuple(worries)

    def waiting(self, now_ms: int) -> Sequence[WaitingChange]:
        """The classes that would be shorter and wait for somebody to confirm it. Any thread."""
        applied = self._tables.applied()
        pairs = ((wanted, applied.get(wanted.name)) for wanted in self._classes.by_name.values())
        return [
            WaitingChange(wanted.name, now.kept.period, wanted.period, self._shortening(wanted, now, now_ms))
            for wanted, now in pairs
            if now is not None and _is_shorter(wanted, now.kept) and not now.kept.regulated
        ]

    def confirm(self, name: str, at_once: int, sooner: int, now_ms: int) -> None:
        """A person says that a shorter period may erase ``at_once`` recordings at once, and ``sooner`` in all sooner.

        Raises:
            ActionRefused: it is not waiting for that, or these are other numbers.
        """
        found = next((each for each in self.waiting(now_ms) if each.name == name), None)
        if found is None:
            raise ActionRefused(f"No change of the retention class {name!r} waits to be confirmed.", "")
        takes = found.takes
        if (takes.at_once, takes.sooner) != (at_once, sooner):
            raise ActionRefused(
                f"It {takes.words}: not {at_once} at once and {sooner} in all. Nothing was changed.",
                "Confirm it with the right numbers, if that is what is wanted.",
            )
        self._confirmed[self._classes.by_name[name]] = takes

    def _shortening(self, wanted: RetentionClass, applied: AppliedClass, now_ms: int) -> Shortening:
        oldest_ms = self._tables.oldest_ms(wanted.name)
        if oldest_ms is None:
            return Shortening(0, 0, 0)
        old, new = partial(_expires_at_ms, applied), partial(_expires_at_ms, AppliedClass(wanted, self._zone.key))
        starts = shortened_starts(old, new, oldest_ms, now_ms, self._zone)
        return Shortening(
            self._count(wanted.name, starts.at_once),
            self._count(wanted.name, starts.soon),
            sum(self._count(wanted.name, each, held_too=True) for each in starts.sooner),
        )

    def _count(self, name: str, starts: Starts, *, held_too: bool = False) -> int:
        first, beyond = starts
        return self._tables.count_between(name, first, beyond - 1, held_too=held_too) if first < beyond else 0

    def _take_in(self, wanted: RetentionClass, now_ms: int) -> Iterator[str]:
        applied = self._tables.applied().get(wanted.name)
        new = AppliedClass(wanted, self._zone.key)
        if applied == new:
            return
        if applied is None:
            self._tables.apply(new)
            return
        if refusal := self._why_not(wanted, applied, now_ms):
            yield refusal
            return
        self._evidence.enter("retention-changed", {"class": wanted.name}, {"keeps": wanted.period.shown})
        self._tables.date_anew(wanted.name, partial(_expires_at_ms, new), _AT_ONCE)
        self._tables.apply(new)
        _LOG.info("the retention class %s keeps %s now", wanted.name, wanted.period.shown)

    def _why_not(self, wanted: RetentionClass, applied: AppliedClass, now_ms: int) -> str:
        """Why a change is not taken in; empty when it is."""
        now, change = applied.kept, f"The settings change the retention class {wanted.name} to {wanted.period.shown}"
        if now.regulated and (_is_shorter(wanted, now) or not wanted.regulated):
            return f"{change}. It is regulated, so that is not done: it stays regulated, and keeps {now.period.shown}."
        if not _is_shorter(wanted, now):
            return ""
        takes = self._shortening(wanted, applied, now_ms)
        if not takes.sooner or self._confirmed.get(wanted) == takes:
            return ""
        return (
            f"{change}, which {takes.words}. It keeps {now.period.shown} until somebody confirms that: earmark "
            f"retention confirm {wanted.name} --erases {takes.at_once} --sooner {takes.sooner}"
        )

    def _expiry_by_class(self) -> dict[str, Callable[[int], int]]:
        """By the classes in effect: also those that settings name no more."""
        return {name: partial(_expires_at_ms, applied) for name, applied in self._tables.applied().items()}


def _expires_at_ms(applied: AppliedClass, started_at_ms: int) -> int:
    return applied.kept.expires_at_ms(started_at_ms, ZoneInfo(applied.zone))


def _is_shorter(wanted: RetentionClass, now: RetentionClass) -> bool:
    return wanted.period.is_shorter_than(now.period)
