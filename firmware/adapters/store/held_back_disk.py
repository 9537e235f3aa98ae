"""A data disk that is there, and is left alone all the same: by a system on trial, and by one older than its catalogue.

What a system on trial records goes to the spool, which either system can take in. So the catalogue is brought to a
newer form only by a system that stays, and going back after a failed update loses nothing.
"""

from __future__ import annotations

from pathlib import Path

from firmware.adapters.catalogue.revision import LATEST_REVISION, revision_of
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.core.home import Home
from firmware.core.system_update import Phase, SlotName, met_at_start
from firmware.ports.data_disk import DataDisk

ON_TRIAL = "This version of Earmark is on trial after an update, and leaves the data disk alone until it stays."
NEWER = "The data disk was used by a newer version of Earmark: apply that update again. What is recorded is kept."


class HeldBackDisk:
    """``DataDisk``.

    Args:
        slot: from which this system was started; None: this machine has none, and no trials.
    """

    def __init__(self, home: Home, disk: DataDisk, slot: SlotName | None) -> None:
        self._home = home
        self._disk = disk
        self._slot = slot
        self._stays = self._slot is None
        self._readable = False

    def look(self) -> str:
        if not self._stays:
            if self._is_on_trial():
                return ON_TRIAL
            self._stays = True
        return self._disk.look() or self._newer()

    def _is_on_trial(self) -> bool:
        update = UpdateNotesFile(self._home).update()
        if update is None or self._slot is None:
            return False
        return met_at_start(update, self._slot).phase is Phase.TRIAL

    def _newer(self) -> str:
        """No newer program can turn up while this one runs: asked until it is found readable."""
        if self._readable or not self._home.catalogue.exists():
            return ""
        why = newer_catalogue(self._home.catalogue)
        self._readable = not why
        return why


def newer_catalogue(catalogue: Path) -> str:
    """Why this program cannot read it, where that is for its newer form. Whoever opens it says what else is wrong."""
    found = revision_of(catalogue)
    return NEWER if found is not None and found > LATEST_REVISION else ""
