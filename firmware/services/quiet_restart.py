"""Restarts the box for an update that waits, when it disturbs nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from firmware.core.errors import UpdateRefused
from firmware.core.system_update import Phase, Probe, SystemUpdate, why_no_restart_yet
from firmware.ports.system_slots import SystemSlots, UpdateNotes


@dataclass(frozen=True)
class QuietRestart:
    """
    Attributes:
        calls: how many are in progress. Raises ServiceAway: nobody can say.
        office_open: whether the office is open now.
        well_lines: the lines that need nobody's attention now.
        probes: look at the box as a trial will.
    """

    slots: SystemSlots
    notes: UpdateNotes
    calls: Callable[[], int]
    office_open: Callable[[], bool]
    well_lines: Callable[[], Sequence[str]]
    probes: Callable[[SystemUpdate], Sequence[Probe]]

    def waiting(self) -> SystemUpdate | None:
        """What is written and was not started yet. After a start the trial has to do with it, and nobody else."""
        update = self.notes.update()
        if update is None or update.phase is not Phase.WAITING:
            return None
        return update if self.slots.system().running.name == update.from_slot else None

    def hurry(self) -> None:
        """From now on it waits for the end of calls only, not for the office to close.

        Raises:
            UpdateRefused: nothing waits.
        """
        update = self.waiting()
        if update is None:
            raise UpdateRefused("No update waits for a restart.", "Apply one first.")
        self.notes.keep(replace(update, at_once=True))

    def try_now(self) -> str:
        """Restart, if it may be now; otherwise what it waits for, as a sentence. Nothing to do is also empty."""
        update = self.waiting()
        if update is None:
            return ""
        if why := why_no_restart_yet(update, self.calls(), office_open=self.office_open()):
            return why
        unwell = tuple(probe.name for probe in self.probes(update) if probe.wrong)
        self.notes.keep(replace(update, well_lines=tuple(self.well_lines()), unwell_before=unwell))
        self.slots.restart()
        return ""
