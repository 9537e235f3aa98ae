"""Takes changed retention classes in: what the settings say counts for recordings once the keeper has reckoned by it.

Longer is taken in at once. Shorter is refused for a regulated class; for another it is taken in at once only where it
would erase nothing: otherwise a person must say how many recordings it may cost, and the number must be right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from zoneinfo import ZoneInfo

from firmware.core.errors import ActionRefused
from firmware.core.retention import RetentionClass, RetentionClasses
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.retention import AppliedClass, RetentionTables

_LOG = logging.getLogger(__name__)
_AT_ONCE = 1000


class ClassesInEffect:
    """One thread at a time, but ``confirm``, which any may call."""

    def __init__(
        self, classes: RetentionClasses, zone: ZoneInfo, tables: RetentionTables, evidence: EvidenceDesk
    ) -> None:
        self._classes = classes
        self._zone = zone
        self._tables = tables
        self._evidence = evidence
        self._confirmed: dict[RetentionClass, int] = {}
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

    def confirm(self, name: str, count: int, now_ms: int) -> None:
        """A person says that a shorter period may erase ``count`` recordings at once.

        Raises:
            ActionRefused: it is not waiting for that, or it is another number.
        """
        wanted, applied = self._classes.find(name), self._tables.applied().get(name)
        if wanted is None or applied is None or not _is_shorter(wanted, applied.kept) or applied.kept.regulated:
            raise ActionRefused(f"No change of the retention class {name!r} waits to be confirmed.", "")
        would_go = self.would_go_at_once(wanted, applied, now_ms)
        if would_go != count:
            raise ActionRefused(
                f"It would erase {would_go} recordings at once, not {count}. Nothing was changed.",
                "Confirm it with the right number, if that is what is wanted.",
            )
        self._confirmed[wanted] = count

    def would_go_at_once(self, wanted: RetentionClass, applied: AppliedClass, now_ms: int) -> int:
        """How many recordings would be expired by the new period that are not by the old one."""
        oldest_ms = self._tables.oldest_ms(wanted.name)
        if oldest_ms is None:
            return 0
        kept_by_old = _first_kept(partial(_expires_at_ms, applied), now_ms)
        kept_by_new = _first_kept(partial(_expires_at_ms, AppliedClass(wanted, self._zone.key)), now_ms)
        return self._tables.count_between(wanted.name, max(kept_by_old, oldest_ms), kept_by_new - 1)

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
        count = self.would_go_at_once(wanted, applied, now_ms)
        if not count or self._confirmed.get(wanted) == count:
            return ""
        return (
            f"{change}, which would erase {count} recordings at once. It keeps {now.period.shown} until somebody "
            f"confirms that: earmark retention confirm {wanted.name} --erases {count}"
        )

    def _expiry_by_class(self) -> dict[str, Callable[[int], int]]:
        """By the classes in effect: also those that settings name no more."""
        return {name: partial(_expires_at_ms, applied) for name, applied in self._tables.applied().items()}


def _expires_at_ms(applied: AppliedClass, started_at_ms: int) -> int:
    return applied.kept.expires_at_ms(started_at_ms, ZoneInfo(applied.zone))


def _is_shorter(wanted: RetentionClass, now: RetentionClass) -> bool:
    return wanted.period.is_shorter_than(now.period)


def _first_kept(expires_at_ms: Callable[[int], int], now_ms: int) -> int:
    """The first start (Unix ms) whose recording is still kept: nobody who called later is kept less long."""
    low, high = 0, now_ms
    while low < high:
        middle = (low + high) // 2
        if expires_at_ms(middle) > now_ms:
            high = middle
        else:
            low = middle + 1
    return low
