"""Watches that no legal hold is lost with a catalogue: the evidence tells which holds stand, too.

A catalogue that was made anew, rolled back or put back from an older backup may not know of a hold, and what it kept
would go. So before anything is erased the two are compared, once for each process; while the catalogue lacks one,
nothing is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from firmware.core.errors import ActionRefused
from firmware.core.legal_hold import HOLD, HOLD_LOST
from firmware.ports.listening_keys import EvidenceDesk

_LOG = logging.getLogger(__name__)


class HoldWatch:
    """One thread at a time, but ``give_up``, which any may call.

    Args:
        by_evidence, by_catalogue: the ids of the holds that stand by each.
    """

    def __init__(
        self,
        by_evidence: Callable[[], Collection[str]],
        by_catalogue: Callable[[], Collection[str]],
        evidence: EvidenceDesk,
    ) -> None:
        self._by_evidence = by_evidence
        self._by_catalogue = by_catalogue
        self._evidence = evidence
        self._all_there = False
        self._told = False

    def lost(self) -> int:
        """How many holds the catalogue lacks.

        Raises:
            StorageError, ServiceAway, DamagedEvidence: it cannot be told; erase nothing.
        """
        if self._all_there:
            return 0
        lost = self._compared()
        self._all_there = not lost
        if lost and not self._told:
            self._evidence.enter("sweep-stopped", {"holds_lost": str(len(lost))})
            _LOG.error("%d legal holds of the evidence are not in the catalogue: nothing is erased", len(lost))
            self._told = True
        return len(lost)

    def give_up(self, count: int, by: str = "") -> None:
        """A person (``by``, as far as the box knows) says to go on without the holds that are lost; each is entered.

        Raises:
            ActionRefused: it is another number.
            StorageError, ServiceAway, DamagedEvidence: as ``lost``.
        """
        lost = self._compared()
        if len(lost) != count or not lost:
            raise ActionRefused(f"{len(lost)} legal holds are lost, not {count}.", "Look at the health page again.")
        for hold in sorted(lost):
            self._evidence.enter(HOLD_LOST, {HOLD: hold}, {"name": by} if by else None)

    def _compared(self) -> frozenset[str]:
        return frozenset(self._by_evidence()) - frozenset(self._by_catalogue())
