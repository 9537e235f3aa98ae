"""Applying an update, and going back: looked at first, written beside what runs, started when it disturbs nobody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.core.errors import EarmarkError, UpdateRefused
from firmware.core.evidence_chain import ENTRY_ID
from firmware.core.system_update import (
    Bundle,
    Phase,
    RunningSystem,
    SlotFacts,
    SystemUpdate,
    check_bundle,
    check_way_back,
)
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.system_slots import Progress, SystemSlots, UpdateNotes

BEGUN = "update-begun"
REFUSED = "update-refused"
FAILED = "update-failed"
STAYED = "update-stayed"
LEFT = "update-left"
WENT_BACK = "update-taken-back"


class UpdateEvidence:
    """Tells the evidence what became of updates. A box must be mendable while its recorder does not run: what cannot be
    told now is kept, and told by the next who comes.
    """

    def __init__(self, notes: UpdateNotes, desk: EvidenceDesk) -> None:
        self._notes = notes
        self._desk = desk

    def tell(self, kind: str, detail: Mapping[str, Any]) -> None:
        self._notes.keep_untold([*self._notes.untold(), (kind, {**detail, ENTRY_ID: secrets.token_hex(8)})])
        self.catch_up()

    def catch_up(self) -> None:
        """Tell what waits, as far as the recorder takes it."""
        waiting = self._notes.untold()
        left = list(waiting)
        try:
            while left:
                kind, detail = left[0]
                known = {ENTRY_ID: str(detail[ENTRY_ID])}
                self._desk.enter(kind, known, {name: value for name, value in detail.items() if name != ENTRY_ID})
                left.pop(0)
        except EarmarkError:
            pass  # it stays among what waits, and the box's health shows that the recorder is away
        finally:
            if left != waiting:
                self._notes.keep_untold(left)


@dataclass(frozen=True)
class Updating:
    """One at a time: whoever calls holds the lock on the notes."""

    slots: SystemSlots
    notes: UpdateNotes
    evidence: UpdateEvidence
    clock: Clock
    here: SlotFacts

    def look(self, file: Path) -> Bundle:
        """What is offered. Raises UpdateRefused: it may not be applied."""
        return self._looked_at(file, self.slots.system())

    def apply(self, file: Path, who: str, *, at_once: bool, progress: Progress) -> SystemUpdate:
        """Write it to the other slot. The restart comes later (``services.quiet_restart``).

        Raises:
            UpdateRefused: it may not be applied, or could not be written; what runs stays.
        """
        system = self.slots.system()
        self._must_be_free()
        try:
            bundle = self._looked_at(file, system)
        except UpdateRefused as refused:
            self.evidence.tell(REFUSED, {"name": who, "why": refused.what})
            raise
        update = self._begun(system, bundle.version, who, at_once=at_once)
        # From now on nothing is known to run well there.
        self.notes.keep_facts(update.slot, None)
        self.notes.keep(update)
        self.evidence.tell(BEGUN, _told(update))
        try:
            self.slots.write(file, progress)
        except UpdateRefused as failed:
            self.notes.keep(update.now(Phase.FAILED, failed.what))
            self.evidence.tell(FAILED, {**_told(update), "why": failed.what})
            raise
        return self._waits(update)

    def go_back(self, who: str, *, at_once: bool) -> SystemUpdate:
        """Have the other slot started next, as if it were an update.

        Raises:
            UpdateRefused: nothing is known to run well there, or it could not read what is here now.
        """
        system = self.slots.system()
        self._must_be_free()
        there = check_way_back(system, self.here, self.notes.facts(system.other.name))
        update = self._begun(system, there.version, who, at_once=at_once, went_back=True)
        self.notes.keep(update)
        self.evidence.tell(WENT_BACK, _told(update))
        self.slots.start_next(update.slot)
        return self._waits(update)

    def _looked_at(self, file: Path, system: RunningSystem) -> Bundle:
        bundle = self.slots.look_into(file)
        check_bundle(bundle, system)
        return bundle

    def _must_be_free(self) -> None:
        update = self.notes.update()
        if update is not None and update.is_unconfirmed:
            raise UpdateRefused(
                f"Version {update.version} is written and waits to be tried.",
                "Let the box restart first: earmark update restart.",
            )

    def _begun(
        self, system: RunningSystem, version: str, who: str, *, at_once: bool, went_back: bool = False
    ) -> SystemUpdate:
        return SystemUpdate(
            version=version,
            slot=system.other.name,
            from_version=system.version,
            from_slot=system.running.name,
            who=who,
            begun_at_ms=self.clock.wall_ms(),
            phase=Phase.WRITING,
            at_once=at_once,
            went_back=went_back,
        )

    def _waits(self, update: SystemUpdate) -> SystemUpdate:
        waiting = update.now(Phase.WAITING)
        self.notes.keep(waiting)
        return waiting


def _told(update: SystemUpdate) -> dict[str, Any]:
    return {"name": update.who, "version": update.version, "version_before": update.from_version}
