"""The room on the disk is watched: told ahead, alarmed in time, and nothing goes for want of it but what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from firmware.adapters.catalogue.space import SpaceChoiceTable, SpaceRows
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_looks import last_space_choice
from firmware.adapters.store.reserved_room import SegmentFilesInReserve
from firmware.config.loader import load_settings
from firmware.config.toml_settings import settings_from_toml
from firmware.core.errors import EarmarkError, SettingsError, StorageFull
from firmware.core.retention import Period, RetentionClass, RetentionClasses
from firmware.core.space_forecast import SPACE_CHOICE
from firmware.ports.space_meter import Space
from firmware.ports.space_watch import ChosenForSpace, SpaceChoice
from firmware.services.space_choices import read_choice
from firmware.services.space_watch import SpaceRules, SpaceWatch
from tests.integration.vault import LONDON, Vault, vault

RESERVE = 300_000_000
CLASSES = RetentionClasses(
    (RetentionClass("sampling", Period(months=6)), RetentionClass("advice", Period(years=5), regulated=True))
)


@dataclass
class Disk:
    """The ``SpaceMeter``: as full as a test says."""

    free_bytes: int
    total_bytes: int = 64_000_000_000

    def measure(self) -> Space:
        return Space(self.total_bytes, self.free_bytes)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Vault]:
    with vault(tmp_path / "home") as made:
        made.begin(CLASSES)
        yield made


@pytest.fixture
def disk() -> Disk:
    return Disk(40_000_000_000)


def choose(kept: Vault, choice: SpaceChoice) -> None:
    """As the opener does for a person."""
    line = kept.made.desk.enter(SPACE_CHOICE, {"when_full": choice.when_full}, {"shorten": list(choice.shorten)})
    chosen = ChosenForSpace(choice, "Dora", kept.time.wall_ms, line)
    SpaceChoiceTable(kept.home.catalogue).keep(chosen)


def watch(kept: Vault, disk: Disk, choice: SpaceChoice | None = None, reserve: int = RESERVE) -> SpaceWatch:
    if choice:
        choose(kept, choice)
    rows = SpaceRows(kept.engine, kept.home.catalogue)
    last_choice = partial(last_space_choice, kept.home.evidence)
    return SpaceWatch(disk, rows, kept.made.desk, last_choice, SpaceRules(reserve, CLASSES), LONDON)


def grow(kept: Vault, recording: str, to_bytes: int) -> None:
    """As if it were a long call."""
    kept.execute("UPDATE segments SET bytes = ? WHERE recording_id = ?", to_bytes, recording)


def test_the_forecast_is_made_of_what_was_recorded_lately_and_what_will_go(kept: Vault, disk: Disk) -> None:
    for _ in range(4):
        grow(kept, kept.record(), 2_000_000_000)
        kept.time.pass_by(24)
    kept.run()
    watched = watch(kept, disk)
    watched.run(kept.time.wall_ms)
    assert watched.forecast is not None
    assert watched.forecast.a_day == pytest.approx(2_000_000_000, rel=0.01)
    assert watched.forecast.full_in_days == 19
    assert "in about 2 weeks (March 2026)" in watched.words
    assert "nothing goes before its time, unless something else is chosen under Keeping" in watched.attention[0]
    assert kept.kinds()[-1] == "space-short"
    watched.run(kept.time.wall_ms + 1)
    assert kept.kinds().count("space-short") == 1
    disk.total_bytes = disk.free_bytes = 10**14
    watched.run(kept.time.wall_ms + 2)
    assert watched.attention == ()
    assert kept.kinds().count("space-short") == 2


def test_what_is_held_frees_nothing(kept: Vault, disk: Disk) -> None:
    held, other = kept.record(), kept.record()
    for recording in (held, other):
        grow(kept, recording, 1_000_000)
    kept.hold(held)
    kept.run()
    assert SpaceRows(kept.engine, kept.home.catalogue).freed_by_day(kept.time.wall_ms, 3000) == {2192: 1_000_000}


def test_a_full_disk_erases_nothing_that_was_not_chosen(kept: Vault, disk: Disk) -> None:
    recordings = {kept.record("sampling"), kept.record(), kept.record("advice")}
    disk.free_bytes = 1_000_000
    watched = watch(kept, disk)
    watched.run(kept.time.wall_ms)
    kept.run()
    assert kept.listed() == recordings
    assert watched.words.startswith("The disk is full: 1 MB are left")


def test_the_oldest_of_the_named_classes_go_first_and_only_after_the_choice_is_in_the_evidence(
    kept: Vault, disk: Disk
) -> None:
    oldest = kept.record("sampling")
    held, standard, advice = kept.record("sampling"), kept.record(), kept.record("advice")
    kept.time.pass_by(1)
    newer = kept.record("sampling")
    kept.time.pass_by(1)
    newest = kept.record("sampling")
    for recording in (oldest, held, newer, newest):
        grow(kept, recording, 400_000_000)
    kept.hold(held)
    disk.free_bytes = 250_000_000
    watched = watch(kept, disk, SpaceChoice("shorten", ("sampling", "advice")))
    watched.run(kept.time.wall_ms)
    kept.run()
    assert kept.listed() == {held, standard, advice, newest}
    assert kept.journal(oldest)[:2] == ("space", "erased")
    assert [kind for kind in kept.kinds() if kind.startswith(("space", "recording-erased"))] == [
        "space-choice",
        "space-short",
        "space-shortened",
        "recording-erased",
        "recording-erased",
    ]
    assert newer not in kept.listed()


def test_settings_that_set_a_regulated_class_free_cost_none_of_its_recordings(kept: Vault, disk: Disk) -> None:
    kept.begin(RetentionClasses((RetentionClass("sampling", Period(years=5), regulated=True),)))
    recording = kept.record("sampling")
    kept.run()
    kept.begin(CLASSES)
    disk.free_bytes = 1_000_000
    watch(kept, disk, SpaceChoice("shorten", ("sampling",))).run(kept.time.wall_ms)
    kept.run()
    assert recording in kept.listed()


def test_erasing_stops_where_there_is_room_enough_and_says_when_nothing_is_left(kept: Vault, disk: Disk) -> None:
    small = kept.record("sampling")
    grow(kept, small, 10_000_000)
    disk.free_bytes = RESERVE + 1
    watched = watch(kept, disk, SpaceChoice("shorten", ("sampling",)))
    watched.run(kept.time.wall_ms)
    assert "nothing left to erase of the classes that were named" in watched.attention[-1]
    disk.free_bytes = 3 * RESERVE
    later = kept.record("sampling")
    watched.run(kept.time.wall_ms)
    kept.run()
    assert later in kept.listed()


def test_a_choice_that_is_not_the_last_in_the_evidence_erases_nothing(kept: Vault, disk: Disk) -> None:
    recording = kept.record("sampling")
    disk.free_bytes = 1_000_000
    watched = watch(kept, disk, SpaceChoice("shorten", ("sampling",)))
    older = kept.query("SELECT * FROM space_choice")
    choose(kept, SpaceChoice())
    kept.execute("DELETE FROM space_choice")
    kept.execute(f"INSERT INTO space_choice VALUES ({', '.join('?' * len(older[0]))})", *older[0])  # put back
    watched.run(kept.time.wall_ms)
    kept.run()
    assert recording in kept.listed()
    assert "is not what the evidence tells of last" in watched.attention[-1]
    choose(kept, SpaceChoice("shorten", ("sampling",)))
    watched.run(kept.time.wall_ms)
    kept.run()
    assert recording not in kept.listed()


def test_no_new_recording_begins_in_the_reserve_but_one_that_goes_on_does(kept: Vault) -> None:
    disk = Disk(RESERVE - 1)
    recording, keyslot, header = "01" * 16, bytes(1024), bytes(4096)
    store = SegmentFilesInReserve(kept.home, disk, RESERVE)
    try:
        with pytest.raises(StorageFull, match="no new recording begins"):
            store.create(recording, 0, kept.time.wall_ms, keyslot, header)
        store.create(recording, 1, kept.time.wall_ms, keyslot, header).close()
        disk.free_bytes = RESERVE
        store.create(recording, 0, kept.time.wall_ms, keyslot, header).close()
    finally:
        store.close()


def test_settings_cannot_choose_what_goes_and_those_of_an_older_version_choose_nothing(tmp_path: Path) -> None:
    for line in ('when_full = "shorten"', 'shorten = ["sampling"]'):
        with pytest.raises(SettingsError, match="is chosen on the page, under Keeping"):
            settings_from_toml(f"[space]\n{line}\n", "settings.toml")
    assert settings_from_toml('[space]\nwhen_full = "stop"\nreserve_mb = 400\n', "x").space.reserve_mb == 400
    stored = SettingsFile(tmp_path / "settings.json")
    stored.replace({"space": {"when_full": "shorten", "shorten": ["sampling"], "reserve_mb": 500}})
    assert load_settings(stored).space.reserve_mb == 500


@pytest.mark.parametrize(
    ("when_full", "shorten", "why"),
    [
        ("burn", [], "Choose what is to happen"),
        ("shorten", [], "Name the classes"),
        ("shorten", ["nothing"], "There is no retention class 'nothing'"),
        ("shorten", ["sampling", "advice"], "advice is regulated"),
    ],
)
def test_only_classes_that_exist_and_are_not_regulated_can_be_chosen(
    when_full: str, shorten: list[str], why: str
) -> None:
    with pytest.raises(EarmarkError, match=why):
        read_choice(when_full, shorten, CLASSES.by_name)
