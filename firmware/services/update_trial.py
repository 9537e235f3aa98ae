"""After each start: what became of the newest update, and whether the system that was started stays.

One that is on trial stays when all probes are well within the time it has. One that has stayed once is called good as
soon as it is up, well or not: going back to older programs mends no broken disk and no expired certificate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.system_update import (
    Phase,
    Probe,
    RunningSystem,
    SlotFacts,
    SystemUpdate,
    met_at_start,
    unwell,
)
from firmware.ports.clock import Clock
from firmware.ports.system_slots import SystemSlots, UpdateNotes
from firmware.services.updating import FAILED, LEFT, STAYED, UpdateEvidence

_LOG = logging.getLogger(__name__)
_AGAIN_S = 5.0
#: So long all must be well: a process that starts, and ends again soon after, is not.
_WELL_FOR_S = 20.0
#: A call that goes on although much is wrong is not cut off, unless it seems to go on for ever.
_CALLS_WITHIN_S = 3600.0


class Waiting(Protocol):
    def wait(self, timeout: float) -> bool: ...


@dataclass(frozen=True)
class UpdateTrial:
    """
    Attributes:
        here: what runs, as it says of itself.
        probes: look at the box once; they raise nothing.
        calls: how many are in progress.
        put_back: called when the box is back with the system before; makes right what only the newer one could read.
        pause: waits between two looks.
    """

    slots: SystemSlots
    notes: UpdateNotes
    evidence: UpdateEvidence
    clock: Clock
    here: SlotFacts
    probes: Callable[[SystemUpdate], Sequence[Probe]]
    calls: Callable[[], int]
    put_back: Callable[[], None]
    pause: Waiting

    def judge(self, within_s: float) -> SystemUpdate | None:
        """Do what the start asks for, and tell what the newest update has come to. Returns when that is done: after a
        failed trial, with a restart under way.

        Raises:
            UpdateRefused, StorageError: the slots or the notes cannot be had.
        """
        system, known = self.slots.system(), self.notes.update()
        if known is None:
            self._stay(system)
            return None
        update = met_at_start(known, system.running.name)
        if update != known:
            self.notes.keep(update)
        if update.phase is Phase.TRIAL:
            return self._try(update, system, within_s)
        if update.phase is Phase.LEFT and system.running.name == update.from_slot:
            self.put_back()
        if update.phase is Phase.LEFT and known.phase is not Phase.LEFT:
            self._tell(LEFT, update)
        elif update.phase is Phase.FAILED and known.phase is not Phase.FAILED:
            self._tell(FAILED, update)
        self._stay(system)
        return update

    def _try(self, update: SystemUpdate, system: RunningSystem, within_s: float) -> SystemUpdate:
        wrong = self._wrong(update, within_s)
        if wrong:
            _LOG.error("version %s is not well, and is left for %s: %s", update.version, update.from_version, wrong)
            self.slots.call_bad()
            left = update.now(Phase.LEFT, wrong)
            self.notes.keep(left)
            self._tell(LEFT, left)
            self._restart()
            return left
        self._stay(system)
        stayed = update.now(Phase.STAYED)
        self.notes.keep(stayed)
        self._tell(STAYED, stayed)
        return stayed

    def _wrong(self, update: SystemUpdate, within_s: float) -> str:
        """What is still wrong when the time is over; empty as soon as all was well for a while."""
        ends_s = self.clock.monotonic_s() + within_s
        well_since: float | None = None
        while True:
            wrong, now_s = unwell(self.probes(update), update.unwell_before), self.clock.monotonic_s()
            well_since = None if wrong else well_since if well_since is not None else now_s
            if well_since is not None and now_s - well_since >= _WELL_FOR_S:
                return ""
            if now_s >= ends_s:
                return wrong or "It was not well for long enough."
            self.pause.wait(_AGAIN_S)

    def _stay(self, system: RunningSystem) -> None:
        self.slots.call_good()
        if self.notes.facts(system.running.name) != self.here:
            self.notes.keep_facts(system.running.name, self.here)
        self.evidence.catch_up()

    def _restart(self) -> None:
        """Not during a call."""
        ends_s = self.clock.monotonic_s() + _CALLS_WITHIN_S
        while self.calls() and self.clock.monotonic_s() < ends_s:
            self.pause.wait(_AGAIN_S)
        self.slots.restart()

    def _tell(self, kind: str, update: SystemUpdate) -> None:
        told = {"name": update.who, "version": update.version, "version_before": update.from_version}
        self.evidence.tell(kind, told | ({"why": update.why} if update.why else {}))
