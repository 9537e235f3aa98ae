"""Segments and evidence on disk: exclusive, private, and in order when the disk is not."""

from __future__ import annotations

import hashlib
import resource
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.adapters.keys.device_key import new_device_key
from firmware.adapters.sealing.signed_note import read_note
from firmware.adapters.store.durable_files import make_folders, replace_file
from firmware.adapters.store.evidence_files import EvidenceFiles, EvidenceFilesReader
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.core.errors import AlreadyRunning, DamagedEvidence, StorageError
from firmware.core.evidence_chain import EvidenceFault
from firmware.core.home import Home
from firmware.core.sealed_format import HEADER_BYTES
from firmware.ports.evidence_log import EvidenceEntry

ID = "0195a2b4c6d870008123456789abcdef"
BEGAN_MS = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)
KEY = new_device_key("earmark-test")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.keys.mkdir(parents=True)
    home.device_public_key.write_text(KEY.public_text())
    return home


@pytest.fixture
def store(home: Home) -> Iterator[SegmentFiles]:
    made = SegmentFiles(home)
    yield made
    made.close()


def test_a_segment_and_its_keyslot_are_private_and_digested(store: SegmentFiles, home: Home) -> None:
    file = store.create(ID, 0, BEGAN_MS, b"k" * 1024, b"h" * HEADER_BYTES)
    file.append(b"frame")
    file.close()
    store.flush()
    path = home.data / file.stored.path
    assert path == home.segment(ID, 0, BEGAN_MS)
    assert path.stat().st_mode & 0o007 == 0
    assert home.keyslot_of(path).read_bytes() == b"k" * 1024
    assert file.digest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert store.digest(file.stored) == file.digest
    assert list(store.segments(ID, BEGAN_MS)) == [file.stored]
    assert list(store.recent(BEGAN_MS)) == [file.stored]
    assert list(store.recent(BEGAN_MS + 86_400_000)) == []


def test_a_segment_is_never_written_over(store: SegmentFiles) -> None:
    store.create(ID, 0, BEGAN_MS, b"k", b"h").close()
    with pytest.raises(StorageError, match="cannot be made"):
        store.create(ID, 0, BEGAN_MS, b"other", b"h")


def test_a_keyslot_left_by_a_kill_before_its_segment_was_made_is_in_nobodys_way(
    store: SegmentFiles, home: Home
) -> None:
    path = home.segment(ID, 0, BEGAN_MS)
    make_folders(path.parent)
    home.keyslot_of(path).write_bytes(b"left over")
    store.create(ID, 0, BEGAN_MS, b"k" * 1024, b"h" * HEADER_BYTES).close()
    assert home.keyslot_of(path).read_bytes() == b"k" * 1024


def test_an_append_that_fails_midway_leaves_the_file_as_it_was(store: SegmentFiles, home: Home) -> None:
    file = store.create(ID, 0, BEGAN_MS, b"k", b"h" * HEADER_BYTES)
    file.append(b"first")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HEADER_BYTES + 8, hard))
    try:
        with pytest.raises(StorageError):
            file.append(b"second frame")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    path = home.data / file.stored.path
    assert path.read_bytes() == b"h" * HEADER_BYTES + b"first"
    file.append(b"second frame")
    file.close()
    assert path.read_bytes().endswith(b"firstsecond frame")
    assert file.digest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_segment_cut_off_before_its_header_was_whole_is_removed_and_no_other(store: SegmentFiles, home: Home) -> None:
    short = store.create(ID, 0, BEGAN_MS, b"k", b"h" * 100)
    whole = store.create(ID, 1, BEGAN_MS, b"k", b"h" * HEADER_BYTES)
    short.close()
    whole.close()
    assert store.discard_empty(short.stored)
    assert not store.discard_empty(whole.stored)
    assert list(store.everything()) == [whole.stored]
    assert store.strangers() == []
    (home.recordings / "note.txt").write_text("?")
    assert store.strangers() == [Path("recordings/note.txt")]


def test_a_grant_beside_its_segment_is_no_stranger_and_anywhere_else_it_is(store: SegmentFiles, home: Home) -> None:
    file = store.create(ID, 0, BEGAN_MS, b"k", b"h" * HEADER_BYTES)
    file.close()
    segment = home.data / file.stored.path
    Home.grant_of(segment, "ab" * 16).write_bytes(b"g")
    assert store.strangers() == []
    elsewhere = Home.grant_of(segment.with_name(f"{'cd' * 16}.0.ear"), "ab" * 16)
    elsewhere.write_bytes(b"g")
    assert store.strangers() == [elsewhere.relative_to(home.data)]


def test_a_data_folder_that_is_a_file_is_named(home: Home) -> None:
    home.data.write_text("")
    with pytest.raises(StorageError, match=r"recordings cannot be made"):
        SegmentFiles(home)


def test_new_files_are_as_open_as_the_folder_they_lie_in(tmp_path: Path) -> None:
    for mode, expected in ((0o700, 0o600), (0o750, 0o640)):
        folder = tmp_path / f"{mode:o}"
        folder.mkdir()
        folder.chmod(mode)
        make_folders(folder / "a" / "b")
        replace_file(folder / "a" / "b" / "c", b"x")
        assert (folder / "a" / "b").stat().st_mode & 0o777 == mode
        assert (folder / "a" / "b" / "c").stat().st_mode & 0o777 == expected


class Evidence:
    """The log at a moment that a test sets."""

    def __init__(self, home: Home) -> None:
        self.now = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
        self.home = home
        self.log = EvidenceFiles(home, KEY, lambda: self.now)

    def enter(self, *kinds: str) -> int:
        return self.log.enter([EvidenceEntry(kind, {"recording": ID}) for kind in kinds])

    def restart(self) -> None:
        self.log.close()
        self.log = EvidenceFiles(self.home, KEY, lambda: self.now)

    def kinds(self) -> list[str]:
        return [line.kind for line in EvidenceFilesReader(self.home).lines()]


@pytest.fixture
def evidence(home: Home) -> Iterator[Evidence]:
    made = Evidence(home)
    yield made
    made.log.close()


def test_the_chain_runs_on_through_days_and_restarts(evidence: Evidence, home: Home) -> None:
    assert evidence.enter("one", "two") == 2
    evidence.now = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    assert evidence.enter("three") == 3
    evidence.restart()
    assert evidence.enter("four") == 4
    assert evidence.kinds() == ["one", "two", "three", "four"]
    assert sorted(path.name for path in home.evidence.glob("*.log")) == ["2026-03-01.log", "2026-03-02.log"]


def test_a_day_that_is_over_is_never_written_again_even_if_the_clock_is_set_back(
    evidence: Evidence, home: Home
) -> None:
    evidence.enter("one")
    yesterday = home.evidence / "2026-03-01.log"
    before = yesterday.read_bytes()
    evidence.now = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    evidence.enter("two")
    evidence.now = datetime(2026, 3, 1, 22, tzinfo=UTC)
    evidence.enter("three")
    evidence.restart()
    evidence.enter("four")
    assert evidence.kinds() == ["one", "two", "three", "four"]
    assert yesterday.read_bytes() == before


def test_every_checkpoint_is_kept_once_and_the_newest_stands_apart(evidence: Evidence, home: Home) -> None:
    evidence.log.checkpoint()
    evidence.enter("one", "two")
    evidence.log.checkpoint()
    first = (home.checkpoints / "2.note").read_bytes()
    evidence.now = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    evidence.log.checkpoint()
    assert (home.checkpoints / "2.note").read_bytes() == first != home.checkpoint.read_bytes()
    evidence.enter("three")
    evidence.log.checkpoint()
    assert sorted(path.name for path in home.checkpoints.iterdir()) == ["2.note", "3.note"]
    reader = EvidenceFilesReader(home)
    list(reader.lines())
    assert reader.check_checkpoints() == []


def test_a_log_rewritten_since_an_earlier_checkpoint_is_noticed_though_the_newest_fits(
    evidence: Evidence, home: Home
) -> None:
    evidence.enter("one", "two")
    evidence.log.checkpoint()
    (home.evidence / "2026-03-01.log").unlink()
    evidence.restart()
    evidence.enter("another", "past")
    evidence.log.checkpoint()
    reader = EvidenceFilesReader(home)
    assert [line.kind for line in reader.lines()] == ["log-doubted", "another", "past"]
    (problem,) = reader.check_checkpoints()
    assert "2.note" in problem
    assert "line 2" in problem


@pytest.mark.parametrize("harm", ["shortened", "changed", "checkpoint changed"])
def test_a_recorder_that_finds_another_log_than_was_signed_says_so_before_it_signs_again(
    evidence: Evidence, home: Home, harm: str
) -> None:
    evidence.enter("one", "two", "three")
    evidence.log.close()
    day = home.evidence / "2026-03-01.log"
    if harm == "checkpoint changed":
        home.checkpoint.write_text(home.checkpoint.read_text().replace("evidence", "evidense"))
    elif harm == "changed":
        day.write_text(day.read_text().replace(" three ", " eerth "))
    else:
        day.write_text("".join(day.read_text().splitlines(keepends=True)[:2]))
    evidence.log = EvidenceFiles(home, KEY, lambda: evidence.now)
    assert evidence.kinds()[-1] == "log-doubted"
    evidence.restart()
    assert evidence.kinds().count("log-doubted") == 1


def test_a_line_torn_by_a_power_cut_is_cut_off_and_the_log_goes_on(evidence: Evidence, home: Home) -> None:
    evidence.enter("one")
    with (home.evidence / "2026-03-01.log").open("a") as file:
        file.write("2 2026-03-01T23:59:59.000Z recording-clo")
    assert evidence.kinds() == ["one"]
    evidence.restart()
    evidence.enter("two")
    assert evidence.kinds() == ["one", "two"]


def test_a_second_writer_is_refused(evidence: Evidence, home: Home) -> None:
    with pytest.raises(AlreadyRunning, match="Another recorder already writes"):
        EvidenceFiles(home, KEY)


def test_a_checkpoint_can_be_checked_with_the_public_key_alone(evidence: Evidence, home: Home) -> None:
    evidence.enter("one", "two")
    evidence.log.checkpoint()
    note = home.checkpoint.read_text()
    assert read_note(note, KEY.name, KEY.private.public_key()).splitlines()[:2] == ["earmark evidence", "2"]
    with pytest.raises(EvidenceFault, match="does not verify"):
        read_note(note.replace("evidence\n2\n", "evidence\n3\n"), KEY.name, KEY.private.public_key())
    with pytest.raises(EvidenceFault, match="not signed by"):
        read_note(note, "somebody-else", KEY.private.public_key())
    reader = EvidenceFilesReader(home)
    list(reader.lines())
    assert reader.check_checkpoints() == []


def test_lines_removed_before_the_checkpoint_are_noticed(evidence: Evidence, home: Home) -> None:
    evidence.enter("one", "two")
    evidence.log.checkpoint()
    day = home.evidence / "2026-03-01.log"
    day.write_text(day.read_text().splitlines(keepends=True)[0])
    reader = EvidenceFilesReader(home)
    list(reader.lines())
    newest, kept = reader.check_checkpoints()
    assert "line 2" in newest
    assert "2.note" in kept


def test_a_changed_line_is_named(evidence: Evidence, home: Home) -> None:
    evidence.enter("one", "two", "three")
    day = home.evidence / "2026-03-01.log"
    day.write_text(day.read_text().replace(" two ", " owt "))
    with pytest.raises(DamagedEvidence, match="line 3 does not hold the hash of line 2"):
        evidence.kinds()


def test_recording_goes_on_after_a_damaged_log(evidence: Evidence, home: Home) -> None:
    evidence.enter("one")
    (home.evidence / "2026-03-01.log").write_text("nonsense\n")
    evidence.restart()  # which says that it found another log than was signed: line 2
    assert evidence.enter("two") == 3


def test_a_name_in_place_of_an_opaque_id_is_refused_and_nothing_is_written(evidence: Evidence) -> None:
    with pytest.raises(EvidenceFault):
        evidence.log.enter([EvidenceEntry("listened", {"person": "Jane Doe"})])
    assert evidence.kinds() == []
