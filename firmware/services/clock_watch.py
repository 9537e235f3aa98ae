"""Believes the wall clock, or does not, and says so in the evidence when that changes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware.core.clock_doubt import Moment, as_if_unset, why_doubt
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.machine_time import MachineTime
from firmware.ports.retention import BelievedClock, RetentionTables

_LOG = logging.getLogger(__name__)
_NOTED_EVERY_MS = 600_000
_NO_START = "none"


class ClockWatch:
    """One thread at a time.

    Args:
        newest_evidence_ms: the date of the newest line of evidence, 0 for none.
    """

    def __init__(
        self,
        time: MachineTime,
        tables: RetentionTables,
        evidence: EvidenceDesk,
        newest_evidence_ms: Callable[[], int],
    ) -> None:
        self._time = time
        self._tables = tables
        self._evidence = evidence
        self._newest_evidence_ms = newest_evidence_ms

    def doubt(self) -> str:
        """Look at the clocks. Why the wall clock is not believed; empty when it is.

        Raises:
            StorageError, ServiceAway: what is known of it could not be read or entered: believe nothing.
        """
        known, now = self._tables.clock(), self._time.now()
        newest_ms = self._newest_ms()
        excused_ms = known.excused_ms if known else 0
        why = why_doubt(now, known.at if known else None, newest_ms if newest_ms > excused_ms else 0)
        before = known.doubt if known else ""
        if why and not before:
            _LOG.error("the clock is doubted: %s", why)
            self._evidence.enter("clock-doubted", {})
        if not why:
            if before:
                self._evidence.enter("clock-believed", {})
            if known is None or before or _is_worth_noting(known.at, now):
                self._tables.keep_clock(BelievedClock(as_if_unset(now, known.at if known else None), excused_ms))
        elif why != before:
            # The moment it was last believed stays: after the next start it must be judged by that, not by itself.
            at = known.at if known else Moment(newest_ms, 0, _NO_START)
            self._tables.keep_clock(BelievedClock(at, excused_ms, why))
        return why

    def trust(self, by: str = "") -> None:
        """A person (``by``, as far as the box knows) says that the clock is right as it stands. Raises as ``doubt``."""
        self._evidence.enter("clock-trusted", {}, {"name": by} if by else None)
        self._tables.keep_clock(BelievedClock(self._time.now(), self._newest_ms()))

    def _newest_ms(self) -> int:
        return max(self._tables.newest_ms(), self._newest_evidence_ms())


def _is_worth_noting(before: Moment, now: Moment) -> bool:
    """Not every minute: it is a write to flash."""
    same = before.start_of_machine == now.start_of_machine
    return not same or now.since_start_ms - before.since_start_ms >= _NOTED_EVERY_MS
