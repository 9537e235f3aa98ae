"""What is taken in from the spool when something happened to it, or to the data disk, meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from firmware.adapters.sealing.spool_seal import new_spool_key, open_sealed, seal, spool_public_key
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.adapters.store.spool_shelf import SpoolShelf
from firmware.cli.verify import verify_home
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.services.spool_gate import SpoolGate
from tests.functional.kill_points import ingest


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two recordings, a call that was not recorded, and a sign-in and a sign-out wait in its spool."""
    ingest.spool_some(tmp_path / "home")
    return Home(tmp_path / "home")


def wrong(home: Home) -> list[str]:
    return [f"{each.subject}: {each.text}" for each in verify_home(home) if each.severity == "wrong"]


def spooled_files(home: Home) -> list[Path]:
    return sorted(home.spooled.recordings.rglob("*.ear"))


def row(home: Home, recording: str) -> tuple[str, str | None]:
    with closing(sqlite3.connect(home.catalogue)) as catalogue:
        question = "SELECT state, far_number FROM recordings WHERE id = ?"
        state, number = catalogue.execute(question, (recording,)).fetchone()
    return state, number


def test_everything_is_taken_in_and_a_second_time_nothing(tmp_path: Path) -> None:
    ingest.prepare(tmp_path)
    ingest.run(tmp_path, None)
    ingest.run(tmp_path, None)
    assert ingest.check(tmp_path, None) == []


def test_what_was_begun_and_never_flushed_when_the_disk_went_away_gives_way_to_what_was_spooled(tmp_path: Path) -> None:
    ingest.prepare(tmp_path)
    home = Home(tmp_path)
    for path in [path for path in home.spooled.recordings.rglob("*.*") if path.suffix in (".ear", ".key")]:
        place = home.data / path.relative_to(home.spool)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes()[:4096] + b"another")
    ingest.run(tmp_path, None)
    assert ingest.check(tmp_path, None) == []


def test_verify_says_that_recordings_wait(home: Home) -> None:
    [waiting] = [each.text for each in verify_home(home) if each.subject == "spool"]
    assert waiting.startswith("2 recordings wait")
    ingest.run(home.root, None)
    assert not [each for each in verify_home(home) if each.subject == "spool"]


def test_verify_does_not_take_an_empty_mount_point_for_a_sound_store(home: Home) -> None:
    home.data.rename(home.root / "elsewhere")
    home.recordings.mkdir(parents=True)
    home.evidence.mkdir()
    with pytest.raises(StorageError, match="locked or missing"):
        verify_home(home)


def test_a_recording_that_was_erased_meanwhile_is_not_brought_back(home: Home) -> None:
    """The intake was killed when all was copied; the recording was erased before it could go on."""
    doomed, stays = (path.name.partition(".")[0] for path in spooled_files(home))
    with closing(sqlite3.connect(home.catalogue)) as catalogue, catalogue:
        values = (doomed, 0, "request", 0, "erased")
        columns = "recording_id, started_at_ms, because, ordered_at_ms, state"
        catalogue.execute(f"INSERT INTO erasures ({columns}) VALUES (?, ?, ?, ?, ?)", values)
    ingest.run(home.root, None)
    assert not list(home.recordings.rglob(f"{doomed}*"))
    assert row(home, stays)[0] == "complete"
    assert spooled_files(home) == []


def test_a_spooled_file_that_was_changed_is_taken_in_and_named(home: Home) -> None:
    changed, sound = spooled_files(home)
    content = bytearray(changed.read_bytes())
    content[6000] ^= 1
    changed.write_bytes(content)
    ingest.run(home.root, None)
    assert row(home, changed.name.partition(".")[0])[0] == "damaged"
    assert row(home, sound.name.partition(".")[0])[0] == "complete"
    assert all(changed.name in each for each in wrong(home))
    assert wrong(home)


def test_names_sealed_to_a_disk_that_is_lost_are_missing_and_the_recording_is_not(home: Home) -> None:
    home.spool_key.write_bytes(new_spool_key())
    recordings = [path.name.partition(".")[0] for path in spooled_files(home)]
    ingest.run(home.root, None)
    assert [row(home, recording) for recording in recordings] == [("complete", None)] * 2
    assert wrong(home) == []
    told = [line for line in EvidenceFilesReader(home).lines() if line.kind.startswith("signed-")]
    assert [(line.subject["detail"], line.commitment) for line in told] == [("lost", "")] * 2


def test_a_spool_without_a_key_to_seal_to_still_takes_recordings(home: Home) -> None:
    ingest.run(home.root, None)
    home.spool_public_key.unlink()
    rows = SpooledRows(home)
    rows.keep_detail("c" * 64, b"salt", {"name": "Jo Bloggs"})
    assert rows.detail("c" * 64) is None


def test_what_is_being_copied_is_let_go_of_for_the_recorder(home: Home) -> None:
    shelf = SpoolShelf(home, SpooledRows(home))
    call = next(call for call in shelf.calls() if shelf.segments(call.recording_id, call.started_at_ms))
    [stored] = shelf.segments(call.recording_id, call.started_at_ms)
    assert shelf.copy(stored, lambda count: False) is None
    assert not list(home.recordings.rglob("*.ear"))


def test_the_recorder_waits_for_what_is_past_recall_and_has_what_is_not() -> None:
    gate = SpoolGate()
    assert gate.take("a")
    waiting = threading.Thread(target=gate.record, args=("a",))
    waiting.start()
    while not gate.wanted("a"):
        pass
    assert waiting.is_alive()
    gate.done()
    waiting.join(5)
    assert not waiting.is_alive()
    assert not gate.take("a")
    gate.recorded(set())
    assert gate.take("a")


def test_another_key_opens_nothing_and_a_changed_byte_is_noticed() -> None:
    private = new_spool_key()
    sealed = seal(b"+441632960123", spool_public_key(private))
    assert open_sealed(sealed, private) == b"+441632960123"
    assert open_sealed(sealed, new_spool_key()) is None
    assert open_sealed(sealed[:-1] + bytes([sealed[-1] ^ 1]), private) is None


def test_a_data_disk_is_known_by_its_mark(home: Home) -> None:
    disk = MarkedDataDisk(home)
    assert disk.look() == ""
    mark = home.data_mark.read_bytes()
    home.data_mark.write_text("earmark-another\n")
    assert "another office" in disk.look()
    with pytest.raises(StorageError, match="another office"):
        disk.prepare()
    home.data_mark.write_bytes(mark)
    home.data.rename(home.root / "elsewhere")
    assert "locked or missing" in disk.look()
    disk.prepare()  # a new disk
    assert disk.look() == ""
    assert home.spool_public_key.read_bytes() == spool_public_key(home.spool_key.read_bytes())
