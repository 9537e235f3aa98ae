"""A recorder that finds the catalogue of an older program takes calls before it has brought it up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import cast

import pytest

from firmware.adapters.catalogue.revision import LATEST_REVISION, revision_of
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.cli.recorder import data_disk
from firmware.cli.recorder.composition import DataPlace, PlaceMaker
from firmware.cli.recorder.data_disk import DataDiskWatch
from firmware.core.errors import StorageFull
from firmware.services.recorder_places import RecorderPlaces
from firmware.services.spool_gate import SpoolGate
from tests.integration.recorder_at_work import Lines, Office, RecorderAtWork, eventually, record_beside
from tests.integration.recorder_process.processes import wrong
from tests.old_catalogue import make_old


def test_calls_are_recorded_while_an_old_catalogue_is_brought_up_to_date(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    before = record_beside(lines)
    recorder.stop()
    catalogue = office.home.catalogue
    make_old(catalogue, "0019")
    with closing(sqlite3.connect(catalogue, isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")  # as long as a long catalogue takes
        recorder.start()
        call = record_beside(lines)
        assert revision_of(catalogue) == "0019"
        health = recorder.health()
        assert (health["data_disk"], health["spooled"]) == ("away", 1)
        busy.execute("ROLLBACK")
    eventually(lambda: revision_of(catalogue) == LATEST_REVISION, 30, recorder.log())
    eventually(lambda: office.row(call.id) is not None, 30, recorder.log())
    eventually(lambda: recorder.health()["attention"] == [], 30, str(recorder.health()["attention"]))
    assert "being brought up to date" in recorder.log()
    assert recorder.stop() == 0
    kinds = [line.kind for line in EvidenceFilesReader(office.home).lines()]
    assert kinds.count("spool-began") == 1, "a catalogue that is in form, or new, is opened at once"
    assert office.row(before.id) is not None
    assert office.unseal(call.id).samples == call.said
    assert wrong(office) == []


@dataclass
class FullDisk:
    """A ``DataDisk`` that is there unless ``away`` says why not; a ``PlaceMaker`` that finds no room on it, after
    ``takes_s``; and their clock."""

    takes_s: float
    tried: int = 0
    away: str = ""
    now_s: float = 1000.0

    def look(self) -> str:
        return self.away

    def data(self, _rows: SpooledRows | None) -> DataPlace:
        self.tried += 1
        self.now_s += self.takes_s
        raise StorageFull("There is no room.", "Put in a larger data disk.")

    def monotonic(self) -> float:
        return self.now_s


@pytest.mark.parametrize(("takes_s", "pause_s"), [(0.1, 1), (5, 50), (120, 600)])
def test_the_longer_it_takes_to_find_a_disk_full_the_later_it_is_tried_again(
    takes_s: float, pause_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, gate = FullDisk(takes_s), SpoolGate()
    monkeypatch.setattr(data_disk, "time", disk)
    watch = DataDiskWatch(disk, cast(PlaceMaker, disk), RecorderPlaces(None, None, gate), gate, None, None, "")
    for after_s, tried in ((0, 1), (pause_s - 0.5, 1), (1, 2), (pause_s - 0.5, 2)):
        disk.now_s += after_s
        watch._round()
        assert disk.tried == tried
        assert "There is no room. Put in a larger data disk." in watch.status()["attention"]
    for disk.away in ("It is not plugged in.", ""):
        watch._round()
    assert disk.tried == 3, "another disk may have come"
