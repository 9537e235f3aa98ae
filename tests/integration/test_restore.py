"""Backups, and a whole office restored from them on another machine."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.keys.listening_keys import AgeKeyUnlocker
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.core.errors import AlreadySetUp, DamagedBackup, SignInRefused, StorageAway, StorageError
from firmware.core.home import Home
from firmware.core.vouched_log import BACKUP_MADE
from firmware.services.erasing import BACKUP_DAYS
from tests.functional.office.disks import memory_disk
from tests.integration.lost_box import OfficeToLose, office_to_lose
from tests.integration.restored_box import heard, restore, wrong

DAY_MS = 24 * 3_600_000


@pytest.fixture
def office(tmp_path: Path) -> OfficeToLose:
    return office_to_lose(tmp_path)


def test_a_lost_box_is_restored_on_another_machine_and_what_was_erased_stays_erased(
    office: OfficeToLose, tmp_path: Path
) -> None:
    kept, erased_before, erased_after = office.record(), office.record(), office.record()
    sound = heard(office, office.home.root, kept)
    office.erase(erased_before)
    office.archive()
    office.back_up()
    office.erase(erased_after)
    office.archive()
    shutil.rmtree(office.home.root)

    new = tmp_path / "new" / "box"
    new.parent.mkdir()
    done = restore(office, new)
    assert done.returncode == 0, done.stderr
    assert "1 keyslots or recordings that the backup still held are erased, and stay so." in done.stdout
    assert "No old pass phrase holds" in done.stdout
    assert heard(office, new, kept) == sound
    assert not [path for path in new.rglob("*") if erased_before in path.name or erased_after in path.name]
    with closing(sqlite3.connect(Home(new).catalogue)) as catalogue:
        assert catalogue.execute("SELECT id FROM recordings").fetchall() == [(kept,)]
        states = dict(catalogue.execute("SELECT recording_id, state FROM erasures").fetchall())
    assert states == {erased_before: "erased", erased_after: "erased"}
    assert wrong(new) == []
    assert sorted(path.name for path in new.iterdir()) == ["data", "run", "state"]
    assert MarkedDataDisk(Home(new)).look() == ""
    newest = sorted(Home(new).evidence.glob("*.log"))[-1].read_text().splitlines()[-1]
    assert " restored backup=earmark-" in newest


def test_a_box_whose_data_disk_is_mounted_and_whose_folders_are_made_is_restored_whole_or_not_at_all(
    office: OfficeToLose, tmp_path: Path
) -> None:
    kept = office.record()
    sound = heard(office, office.home.root, kept)
    office.archive()
    office.back_up()
    shutil.rmtree(office.home.root)
    new = Home(tmp_path / "new")
    certificate, in_the_way = new.state / "certificates" / "page.pem", new.recipients_file / "in the way"
    with memory_disk(new.data, 64):
        for path in (certificate, in_the_way, new.data / "lost+found" / "x"):
            path.parent.mkdir(parents=True)
            path.touch()
        cut_short = restore(office, new.root)
        assert cut_short.returncode == StorageError.exit_code, cut_short.stderr
        assert not new.settings_file.exists(), "the settings say that there is an office"
        shutil.rmtree(in_the_way.parent)
        done = restore(office, new.root)
        assert done.returncode == 0, done.stderr
        assert new.data.is_mount()
        assert {path.name for path in new.data.iterdir()} >= {"catalogue", "evidence", "recordings", "lost+found"}
        assert not [path for folder in (new.root, new.data) for path in folder.glob(".restoring*")]
        assert certificate.exists()
        assert heard(office, new.root, kept) == sound
        assert wrong(new.root) == []


def test_two_backups_of_one_second_lie_there_beside_each_other(office: OfficeToLose) -> None:
    """The office's storage must never be asked to put one file in another's place."""
    office.record()
    at_ms = SystemClock().wall_ms()
    office.back_up(at_ms)
    (first,) = office.backups.glob("*.age")
    before = first.read_bytes()
    office.back_up(at_ms)
    assert len(list(office.backups.glob("*.age"))) == 2
    assert first.read_bytes() == before
    lines = [line for line in EvidenceFilesReader(office.home).lines() if line.kind == BACKUP_MADE]
    assert len({line.subject["sha256"] for line in lines}) == 2


def test_after_a_restore_old_pass_phrases_hold_only_with_the_box_secret(office: OfficeToLose, tmp_path: Path) -> None:
    secret = tmp_path / "box-secret.age"
    office.record()
    office.archive()
    office.back_up()
    recovery = pyrage.x25519.Identity.from_str(office.made.recovery_key)
    secret.write_bytes(pyrage.encrypt(office.home.box_secret.read_bytes(), [recovery.to_public()]))
    without, having = tmp_path / "a" / "box", tmp_path / "b" / "box"
    for home, options in ((without, []), (having, ["--box-secret", str(secret)])):
        home.parent.mkdir()
        done = restore(office, home, "--without-recordings", *options)
        assert done.returncode == 0, done.stderr
    anna = next(each for each in office.made.people if each.name == "anna")
    for home in (without, having):
        person = PeopleFile(Home(home).people_file).find("anna")
        unlocker = AgeKeyUnlocker(Home(home).box_secret.read_bytes())
        if home == having:
            assert unlocker.unlock(person, anna.pass_phrase).may_open
        else:
            with pytest.raises(SignInRefused):
                unlocker.unlock(person, anna.pass_phrase)


def test_a_recording_that_was_made_after_the_backup_is_said_to_be_lost(office: OfficeToLose, tmp_path: Path) -> None:
    office.record()
    office.archive()
    office.back_up()
    office.record()
    office.archive()
    new = tmp_path / "new" / "box"
    new.parent.mkdir()
    done = restore(office, new)
    assert "1 have no keyslot here, so nobody could open them" in done.stdout


def test_recordings_can_be_fetched_later_and_one_at_a_time(office: OfficeToLose, tmp_path: Path) -> None:
    first, second = office.record(), office.record()
    office.archive()
    office.back_up()
    new = tmp_path / "new" / "box"
    new.parent.mkdir()
    assert restore(office, new, "--without-recordings").returncode == 0
    assert not list(new.rglob("*.ear"))
    _set_archive(office, new)
    for wanted in ([first], ["--all"]):
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(new), "archive", "fetch", *wanted]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("1 sealed files are back")
    assert heard(office, new, first)
    assert heard(office, new, second)


def _set_archive(office: OfficeToLose, home: Path) -> None:
    SettingsFile(Home(home).settings_file).replace(office.settings.to_document())


def test_a_restore_never_touches_an_office_that_is_there(office: OfficeToLose) -> None:
    office.record()
    office.archive()
    office.back_up()
    done = restore(office, office.home.root)
    assert done.returncode == AlreadySetUp.exit_code
    assert heard(office, office.home.root, office.recorded[0])


def test_another_recovery_key_opens_no_backup_and_leaves_nothing_behind(office: OfficeToLose, tmp_path: Path) -> None:
    office.record()
    office.archive()
    office.back_up()
    new = tmp_path / "new" / "box"
    new.parent.mkdir()
    key = tmp_path / "other"
    key.write_text(str(pyrage.x25519.Identity.generate()))
    done = restore(office, new, "--recovery-key-file", str(key))
    assert done.returncode == DamagedBackup.exit_code, done.stderr
    assert not Home(new).state.exists()
    assert restore(office, new).returncode == 0


def test_a_backup_holds_no_key_in_clear_and_neither_the_box_secret_nor_the_signing_key(
    office: OfficeToLose, tmp_path: Path
) -> None:
    office.record()
    office.back_up()
    [backup] = office.backups.glob("*.age")
    recovery = pyrage.x25519.Identity.from_str(office.made.recovery_key)
    clear = tmp_path / "clear.tar.gz"
    clear.write_bytes(pyrage.decrypt(backup.read_bytes(), [recovery]))
    subprocess.run(["tar", "--extract", "--gzip", "--file", clear], cwd=tmp_path, check=True)
    names = {path.name for path in tmp_path.rglob("*") if office.home.root not in path.parents}
    assert {"manifest.json", "catalogue.db", "people.age", "settings.json", "office.pub"} <= names
    assert not {"box.secret", "device.key", "people.json"} & names
    assert not list((office.home.keeper / "backup").iterdir())


def test_an_erased_recording_is_gone_from_the_backups_when_the_last_that_may_hold_its_key_is_deleted(
    office: OfficeToLose,
) -> None:
    recording = office.record()
    start_ms = 1_900_000_000_000
    office.back_up(start_ms)
    office.erase(recording, start_ms + DAY_MS)
    later_ms = start_ms + (BACKUP_DAYS + 2) * DAY_MS
    assert office.settle(later_ms) == "erased", "a backup that holds its key still lies there"
    office.back_up(later_ms)
    assert [path.name for path in office.backups.iterdir()] == ["earmark-20300418174640.backup.age"]
    assert office.settle(later_ms + 1) == "gone"


def test_the_newest_whole_backup_is_never_deleted(office: OfficeToLose) -> None:
    office.record()
    office.back_up(1_900_000_000_000)
    office.storage.chmod(0o700)
    broken = office.backups.rename(office.storage / "elsewhere")
    office.backups.write_text("no folder")
    with pytest.raises(StorageAway):
        office.back_up(1_900_000_000_000 + 60 * DAY_MS)
    office.backups.unlink()
    broken.rename(office.backups)
    assert len(list(office.backups.iterdir())) == 1
