"""A data disk that is there is left alone by a system on trial, and by one that is older than its catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.store.held_back_disk import NEWER, ON_TRIAL, HeldBackDisk
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.core.errors import UpdateRefused
from firmware.core.home import Home
from firmware.core.system_update import Phase, SlotFacts, SystemUpdate

UPDATE = SystemUpdate(
    "2.0.0", "B", "1.0.0", "A", "root", 0, Phase.WAITING, well_lines=("office",), unwell_before=("archive",)
)


@dataclass
class Disk:
    away: str = ""

    def look(self) -> str:
        return self.away


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for folder in (home.update_notes.parent, home.data):
        folder.mkdir(parents=True)
    return home


def test_a_system_on_trial_leaves_the_data_disk_alone_until_it_stays(home: Home) -> None:
    notes = UpdateNotesFile(home)
    notes.keep(UPDATE)
    newer, older = HeldBackDisk(home, Disk(), "B"), HeldBackDisk(home, Disk(), "A")
    assert newer.look() == ON_TRIAL
    assert older.look() == ""
    notes.keep(UPDATE.now(Phase.TRIAL))
    assert newer.look() == ON_TRIAL
    notes.keep(UPDATE.now(Phase.STAYED))
    assert newer.look() == ""
    notes.keep(UPDATE.now(Phase.TRIAL))
    assert newer.look() == "", "what is in use is not let go again"


def test_a_machine_without_slots_knows_no_trials_and_a_disk_that_is_away_is_away(home: Home) -> None:
    UpdateNotesFile(home).keep(UPDATE)
    assert HeldBackDisk(home, Disk(), None).look() == ""
    assert HeldBackDisk(home, Disk("It is locked."), None).look() == "It is locked."


def test_a_catalogue_in_a_newer_form_is_left_alone(home: Home) -> None:
    engine = open_for_writing(home.catalogue)
    assert HeldBackDisk(home, Disk(), "A").look() == ""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert HeldBackDisk(home, Disk(), "A").look() == NEWER
    assert HeldBackDisk(home, Disk(), None).look() == NEWER


def test_the_notes_come_back_as_they_were_kept_and_flag_what_is_not_confirmed(home: Home) -> None:
    notes, flag = UpdateNotesFile(home), home.update_notes.with_name("unconfirmed")
    assert (notes.update(), notes.facts("A"), notes.untold()) == (None, None, [])
    notes.keep(UPDATE)
    notes.keep_facts("A", SlotFacts("1.0.0", "0016"))
    notes.keep_untold([("update-begun", {"version": "2.0.0"})])
    again = UpdateNotesFile(home)
    assert again.update() == UPDATE
    assert again.facts("A") == SlotFacts("1.0.0", "0016")
    assert again.untold() == [("update-begun", {"version": "2.0.0"})]
    assert flag.exists()
    notes.keep(UPDATE.now(Phase.LEFT, "The page does not answer."))
    assert not flag.exists()


def test_one_update_at_a_time(home: Home) -> None:
    notes = UpdateNotesFile(home)
    with notes.alone(), pytest.raises(UpdateRefused, match="already"), UpdateNotesFile(home).alone():
        pass
    with notes.alone():
        pass
