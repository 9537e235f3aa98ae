"""The keeper's duty over what is written down beside recordings: closed cases and breaches, what people said
of duties, and names and reasons in the evidence.

First the line that says so, then the rows: a process that ends between enters the same line again, which the recorder
knows by its id, and deletes then. What an older backup brings back goes again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeVar

from firmware.core.data_case import PAPER_ARRIVES_WITHIN_MS
from firmware.core.evidence_chain import ENTRY_ID
from firmware.core.retention import Period, RetentionClass
from firmware.ports.old_records import OldEvidence, OldRecordEvidence, OldRecordTables

_LOG = logging.getLogger(__name__)
_AT_ONCE = 100
CASE_ERASED = "case-erased"
BREACH_ERASED = "breach-erased"
_Id = TypeVar("_Id", str, int)


@dataclass(frozen=True)
class RecordRules:
    """How long they are kept, to the day by the office's clock as recordings are."""

    cases: Period
    details: Period
    zone: tzinfo


class OldRecords:
    """A ``KeeperTask``.

    Args:
        may_erase: whether the clock is believed and no legal hold is lost; the duty of erasing says why not.
    """

    name = "closed cases and old names in the evidence"
    every_s = 3600.0
    attention: Sequence[str] = ()

    def __init__(
        self,
        tables: OldRecordTables,
        entries: OldRecordEvidence,
        evidence: OldEvidence,
        rules: RecordRules,
        may_erase: Callable[[], bool],
    ) -> None:
        self._tables = tables
        self._entries = entries
        self._evidence = evidence
        self._rules = rules
        self._may_erase = may_erase
        self._traces_left = True  # the process before this one may have ended before it had wiped them

    def run(self, now_ms: int) -> None:
        if not self._may_erase():
            return
        self._erase_cases(now_ms)
        self._erase_duties(now_ms)
        if self._tables.drop_unfinished_papers(now_ms - PAPER_ARRIVES_WITHIN_MS):
            self._traces_left = True
        self._erase_details(now_ms)
        if self._traces_left:
            self._traces_left = not self._tables.wipe_traces()

    def _erase_cases(self, now_ms: int) -> None:
        while due := self._due_cases(now_ms):
            self._traces_left = True
            for case_id in due:
                self._entries.enter(CASE_ERASED, {"case": case_id, ENTRY_ID: f"{CASE_ERASED}-{case_id}"})
                self._tables.erase_case(case_id)
            _LOG.info("%d closed cases erased", len(due))

    def _due_cases(self, now_ms: int) -> list[str]:
        return self._over(self._tables.closed_cases(now_ms, _AT_ONCE), now_ms)

    def _erase_duties(self, now_ms: int) -> None:
        """Closed breaches and what people said of duties are kept as long as closed cases are."""
        while due := self._over(self._tables.closed_breaches(now_ms, _AT_ONCE), now_ms):
            self._traces_left = True
            for breach_id in due:
                self._entries.enter(BREACH_ERASED, {"breach": breach_id, ENTRY_ID: f"{BREACH_ERASED}-{breach_id}"})
                self._tables.erase_breach(breach_id)
        while words := self._over(self._tables.words_of_duties(now_ms, _AT_ONCE), now_ms):
            self._traces_left = True
            self._tables.drop_words(words)

    def _over(self, closed: Sequence[tuple[_Id, int]], now_ms: int) -> list[_Id]:
        """Of these, since when (Unix ms) each is closed, those whose time is over."""
        kept = RetentionClass("closed cases", self._rules.cases)
        return [each for each, at_ms in closed if kept.expires_at_ms(at_ms, self._rules.zone) <= now_ms]

    def _erase_details(self, now_ms: int) -> None:
        today = datetime.fromtimestamp(now_ms / 1000, self._rules.zone).date()
        for day in self._evidence.days(self._tables.erased_until()):
            if self._rules.details.after(day.day) >= today:
                return
            if self._tables.count_details(day.commitments):
                self._traces_left = True
                self._entries.details_erased(day.first, day.last)
            self._tables.erase_details(day.commitments, day.last)
