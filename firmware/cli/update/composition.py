"""What ``earmark update`` is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from firmware.adapters.catalogue.revision import LATEST_REVISION
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.adapters.update.boot_marks import keep_spare, mend_boot_marks
from firmware.adapters.update.rauc import Rauc, running_version, started_slot
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.cli.update.probes import calls_in_progress, office_is_open, probes, well_lines
from firmware.config.loader import load_settings
from firmware.core.errors import NotSetUp, SettingsError
from firmware.core.home import Home
from firmware.core.system_update import SlotFacts
from firmware.ports.system_slots import SystemSlots
from firmware.services.quiet_restart import QuietRestart
from firmware.services.update_trial import UpdateTrial, Waiting
from firmware.services.updating import UpdateEvidence, Updating


@dataclass(frozen=True)
class UpdateParts:
    home: Home
    slots: SystemSlots
    notes: UpdateNotesFile
    updating: Updating
    restart: QuietRestart

    def trial(self, pause: Waiting) -> UpdateTrial:
        return UpdateTrial(
            slots=self.slots,
            notes=self.notes,
            evidence=self.updating.evidence,
            clock=self.updating.clock,
            here=self.updating.here,
            probes=partial(probes, self.home),
            calls=partial(calls_in_progress, self.home),
            put_back=self.put_settings_back,
            pause=pause,
        )

    def mend_marks(self) -> None:
        if slot := started_slot():
            mend_boot_marks(slot)

    def keep_spare_marks(self) -> None:
        if slot := started_slot():
            keep_spare(slot)

    def keep_settings(self) -> None:
        """As they are now, for the system that runs now. Somebody may change them while a newer one is on trial."""
        kept = self.home.settings_before_update
        if self.home.settings_file.exists():
            with storage_errors("made", kept):
                kept.parent.mkdir(exist_ok=True)
            replace_file(kept, self.home.settings_file.read_bytes(), 0o600)

    def put_settings_back(self) -> None:
        """Once, after a newer system was left: where it has made settings of the file that this one cannot read."""
        kept = self.home.settings_before_update
        if not kept.exists():
            return
        try:
            load_settings(SettingsFile(self.home.settings_file))
        except SettingsError:
            replace_file(self.home.settings_file, kept.read_bytes())
        except NotSetUp:
            pass
        kept.unlink()


def compose_update(home: Home, patience_s: float = 60.0) -> UpdateParts:
    """
    Args:
        patience_s: how long RAUC's service may take to answer.

    Raises:
        MissingComponent: this machine is no box with system slots.
    """
    return update_parts(home, Rauc(patience_s=patience_s), running_version())


def update_parts(home: Home, slots: SystemSlots, version: str) -> UpdateParts:
    """On a machine with these slots, of which the one that runs has this version."""
    notes, clock, here = UpdateNotesFile(home), SystemClock(), SlotFacts(version, LATEST_REVISION)
    evidence = UpdateEvidence(notes, RecorderEvidenceDesk(home.recorder_socket))
    updating = Updating(slots, notes, evidence, clock, here)
    restart = QuietRestart(
        slots,
        notes,
        partial(calls_in_progress, home),
        lambda: office_is_open(home, clock.wall_ms()),
        partial(well_lines, home),
        partial(probes, home),
    )
    return UpdateParts(home, slots, notes, updating, restart)
