"""A restore from storage that somebody else could write: what they put there is not believed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import parse_recipient
from firmware.core.archive_names import EvidencePiece, read_piece_name
from firmware.core.errors import DamagedBackup, DamagedEvidence
from firmware.core.evidence_chain import ChainEnd, line_hash
from firmware.core.home import Home
from tests.integration.lost_box import OfficeToLose, office_to_lose
from tests.integration.restored_box import heard, restore, wrong

DAY_MS = 24 * 3_600_000


@pytest.fixture
def office(tmp_path: Path) -> OfficeToLose:
    return office_to_lose(tmp_path)


def lose(office: OfficeToLose, tmp_path: Path) -> Path:
    """Where the new box is going to be."""
    office.home.root.rename(tmp_path / "lost")
    return tmp_path / "new" / "box"


def sealed_again(office: OfficeToLose, backup: Path) -> None:
    """Whoever has the box's public keys can seal a backup: of the same content here, yet another file."""
    recovery = pyrage.x25519.Identity.from_str(office.made.recovery_key)
    clear = pyrage.decrypt(backup.read_bytes(), [recovery])
    public = PublicKeyFiles(office.home).read()
    recipients = [parse_recipient(public.office, "office"), parse_recipient(public.recovery, "recovery")]
    backup.write_bytes(pyrage.encrypt(clear, recipients))


def test_a_backup_that_is_not_the_one_that_was_made_is_refused_and_the_one_before_it_offered(
    office: OfficeToLose, tmp_path: Path
) -> None:
    recording = office.record()
    office.archive()
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    for days_ago in (2, 1):
        office.back_up(now_ms - days_ago * DAY_MS)
    older, newer = sorted(office.backups.glob("*.backup.age"))
    sealed_again(office, newer)
    new = lose(office, tmp_path)
    refused = restore(office, new)
    assert refused.returncode == DamagedBackup.exit_code
    assert "is not the one that was made" in refused.stderr
    assert f"--backup {older.name}" in refused.stderr
    assert not Home(new).state.exists()
    done = restore(office, new, "--backup", older.name)
    assert done.returncode == 0, done.stderr
    assert heard(office, new, recording)


def test_a_backup_that_somebody_put_there_is_not_taken_for_the_newest(office: OfficeToLose, tmp_path: Path) -> None:
    recording = office.record()
    office.archive()
    office.back_up()
    [made] = office.backups.glob("*.backup.age")
    shutil.copyfile(made, made.with_name("earmark-20990101000000.backup.age"))
    new = lose(office, tmp_path)
    for options in ((), ("--backup", "earmark-20990101000000.backup.age")):
        refused = restore(office, new, *options)
        assert refused.returncode == DamagedBackup.exit_code
        assert "is not the one that was made under this name" in refused.stderr
    assert restore(office, new, "--backup", made.name).returncode == 0
    assert heard(office, new, recording)


def test_a_newest_backup_of_which_no_line_has_left_the_box_is_taken_when_somebody_says_so(
    office: OfficeToLose, tmp_path: Path
) -> None:
    office.record()
    office.archive()
    told = set((office.storage / "archive" / "evidence").rglob("*"))
    office.back_up()
    for path in set((office.storage / "archive" / "evidence").rglob("*")) - told:
        path.unlink()
    [made] = office.backups.glob("*.backup.age")
    new = lose(office, tmp_path)
    refused = restore(office, new)
    assert refused.returncode == DamagedBackup.exit_code
    assert f"If it was made by the box, restore from it: --backup {made.name}" in refused.stderr
    assert restore(office, new, "--backup", made.name).returncode == 0


def append_erasure(office: OfficeToLose, recording: str) -> None:
    append(office, "recording-erased", {"recording": recording, "because": "request"})


def append(office: OfficeToLose, kind: str, subject: dict[str, str]) -> None:
    """A line that follows on rightly after the last that has left the box; only a checkpoint is not to be had."""
    pieces = lines_there(office)
    last = pieces[-1].read_text(encoding="ascii").splitlines(keepends=True)[-1]
    number = int(last.split(" ")[0])
    at = datetime.now(UTC)
    forged, _ = ChainEnd(number, line_hash(last)).follow(at, kind, subject)
    name = EvidencePiece(f"{at:%Y-%m-%d}", number + 1, number + 1).name
    (office.storage / "archive" / name).write_text(forged, encoding="ascii")


def write_erasure_over_another_line(office: OfficeToLose, recording: str) -> None:
    """In the middle of the log, where lines and checkpoints follow that do not fit it any more."""
    path = lines_there(office)[0]
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    number, at, *_, previous = lines[0].split(" ")
    subject = f"recording={recording},because=request"
    path.write_text("".join([f"{number} {at} recording-erased {subject} - {previous}", *lines[1:]]), encoding="ascii")


def lines_there(office: OfficeToLose) -> list[Path]:
    archive = office.storage / "archive"
    found = {str(path.relative_to(archive)): path for path in archive.rglob("*.log")}
    return [found[name] for name in sorted(found, key=lambda name: getattr(read_piece_name(name), "first", 0))]


@pytest.mark.parametrize("forge", [append_erasure, write_erasure_over_another_line])
def test_a_forged_line_cannot_make_a_restore_destroy_a_recording(
    office: OfficeToLose, tmp_path: Path, forge: Callable[[OfficeToLose, str], None]
) -> None:
    wanted, erased = office.record(), office.record()
    office.archive()
    office.back_up()
    office.erase(erased)
    office.archive()
    forge(office, wanted)
    new = lose(office, tmp_path)
    refused = restore(office, new)
    assert refused.returncode == DamagedEvidence.exit_code
    assert wanted in refused.stderr
    assert "--unvouched-erasures doubt" in refused.stderr
    assert not Home(new).state.exists()

    done = restore(office, new, "--unvouched-erasures", "doubt")
    assert heard(office, new, wanted), done.stderr
    restored = OfficeToLose(Home(new), office.storage, office.made)
    restored.home.keeper.mkdir(mode=0o700, exist_ok=True)
    restored.settle(round(datetime.now(UTC).timestamp() * 1000))
    assert heard(office, new, wanted), "nor does the keeper destroy it afterwards"
    if forge is append_erasure:
        assert done.returncode == 0, done.stderr
        assert wrong(new) == []
        assert not list(new.rglob(f"{erased}*")), "a checkpoint vouches for the other one"


def test_a_forged_line_cannot_bring_an_erased_recording_back(office: OfficeToLose, tmp_path: Path) -> None:
    erased = office.record()
    office.archive()
    office.back_up()
    office.erase(erased)
    office.archive()
    append(office, "erasure-doubted", {"recording": erased, "line": "1"})
    new = lose(office, tmp_path)
    done = restore(office, new)
    assert done.returncode == 0, done.stderr
    assert f"deny the erasure of {erased}: it stands" in done.stderr
    assert not list(new.rglob(f"{erased}*"))
    assert wrong(new) == []


def test_an_erasure_newer_than_any_checkpoint_is_carried_out_when_somebody_says_that_it_was_ordered(
    office: OfficeToLose, tmp_path: Path
) -> None:
    erased = office.record()
    office.archive()
    office.back_up()
    append_erasure(office, erased)
    new = lose(office, tmp_path)
    done = restore(office, new, "--unvouched-erasures", "believe")
    assert done.returncode == 0, done.stderr
    assert not list(new.rglob(f"{erased}*"))
    assert wrong(new) == []


def test_a_box_that_was_restored_and_is_lost_once_more_is_restored_again(office: OfficeToLose, tmp_path: Path) -> None:
    recording = office.record()
    office.back_up()
    office.archive()
    second = lose(office, tmp_path)
    assert restore(office, second, "--without-recordings").returncode == 0
    again = OfficeToLose(Home(second), office.storage, office.made)
    again.home.keeper.mkdir(mode=0o700)
    later = again.record()
    again.archive()
    again.back_up()
    shutil.rmtree(second)
    third = tmp_path / "newest" / "box"
    done = restore(again, third)
    assert done.returncode == 0, done.stderr
    assert "Look into this" not in done.stderr
    assert heard(office, third, recording)
    assert heard(office, third, later)
    assert wrong(third) == []
