"""The last way to hear a recording: on another machine, with the archive, a backup and the recovery key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.keys.recovery_words import recovery_words
from firmware.core.sealed_format import HEADER_BYTES
from tests.integration.lost_box import OfficeToLose, office_to_lose
from tests.integration.recorder_at_work import Office

TOOL = Path(__file__).parents[2] / "scripts" / "open-recording"
_RUN = "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"


@pytest.fixture
def office(tmp_path: Path) -> OfficeToLose:
    made = office_to_lose(tmp_path / "office")
    made.record()
    made.archive()
    made.back_up()
    return made


def opened(
    files: list[Path], keys: Path, key: str, out: Path, python: tuple[str, ...] = (sys.executable, "-I")
) -> subprocess.CompletedProcess[str]:
    """In a Python that knows nothing of this repository."""
    kept = out.parent / "key"
    kept.write_text(key)
    command = [*python, str(TOOL), *map(str, files), "--keys", str(keys), "--out", str(out)]
    return subprocess.run(
        [*command, "--recovery-key-file", str(kept)],
        capture_output=True,
        text=True,
        cwd=out.parent,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )


def _samples(ogg: bytes) -> bytes:
    command = ["ffmpeg", "-loglevel", "error", "-i", "-", "-f", "s16le", "-"]
    return subprocess.run(command, input=ogg, capture_output=True, check=True).stdout


def archived(office: OfficeToLose) -> list[Path]:
    return sorted((office.storage / "archive" / "recordings").rglob("*.ear"))


@pytest.mark.parametrize("form", ["words", "text"])
def test_an_archived_recording_is_heard_elsewhere_with_a_backup_and_the_printed_key(
    office: OfficeToLose, tmp_path: Path, form: str
) -> None:
    key = office.made.recovery_key
    typed = " ".join(recovery_words(key)) if form == "words" else key
    [backup] = office.backups.glob("*.age")
    [file] = archived(office)
    done = opened([file], backup, typed, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    whole = Office(office.home, pyrage.x25519.Identity.from_str(key)).unseal(office.recorded[0])
    assert _samples((tmp_path / "out" / f"{file.stem}.opus").read_bytes()) == _samples(whole.ogg)
    record = json.loads((tmp_path / "out" / f"{file.stem}.json").read_text())["record"]
    assert record == json.loads(json.dumps(whole.record.to_json()))
    with wave.open(str(tmp_path / "out" / f"{file.stem}.wav")) as sound:
        assert sound.getnchannels() == 2
        assert sound.getnframes() / sound.getframerate() == pytest.approx(3.0, abs=0.05)


def test_the_age_command_will_do_where_no_package_reads_age_files(office: OfficeToLose, tmp_path: Path) -> None:
    [backup] = office.backups.glob("*.age")
    hidden = tmp_path / "without" / "pyrage"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError")
    python = (sys.executable, "-c", f"import sys, runpy; sys.path.insert(0, {str(hidden.parent)!r}); {_RUN}")
    done = opened(archived(office), backup, office.made.recovery_key, tmp_path / "out", python)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").glob("*.opus"))


def test_keyslots_from_a_disk_will_do_instead_of_a_backup(office: OfficeToLose, tmp_path: Path) -> None:
    done = opened(archived(office), office.home.recordings, office.made.recovery_key, tmp_path / "out")
    assert done.returncode == 0, done.stderr


def test_another_key_opens_nothing_and_writes_nothing(office: OfficeToLose, tmp_path: Path) -> None:
    [backup] = office.backups.glob("*.age")
    done = opened(archived(office), backup, str(pyrage.x25519.Identity.generate()), tmp_path / "out")
    assert done.returncode == 2
    assert "does not open" in done.stderr
    assert not list((tmp_path / "out").iterdir())


def test_an_erased_recording_is_not_opened_and_why_is_said(office: OfficeToLose, tmp_path: Path) -> None:
    [file] = archived(office)
    office.erase(office.recorded[0])
    office.back_up(1_900_000_000_000)
    newest = max(office.backups.glob("*.age"))
    done = opened([file], newest, office.made.recovery_key, tmp_path / "out")
    assert done.returncode == 1
    assert "its keyslot is not among the keys given: erased" in done.stderr


def test_a_file_that_was_cut_is_heard_up_to_the_cut_and_that_is_said(office: OfficeToLose, tmp_path: Path) -> None:
    [file] = archived(office)
    cut = tmp_path / "cut.ear"
    cut.write_bytes(file.read_bytes()[: HEADER_BYTES + (file.stat().st_size - HEADER_BYTES) // 2])
    done = opened([cut], office.home.recordings, office.made.recovery_key, tmp_path / "out")
    assert done.returncode == 1
    assert "not whole" in done.stderr
    assert (tmp_path / "out" / "cut.opus").stat().st_size > 1000


def test_a_single_changed_bit_ends_what_is_heard(office: OfficeToLose, tmp_path: Path) -> None:
    [file] = archived(office)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    changed = tmp_path / "changed.ear"
    changed.write_bytes(content)
    whole = opened([file], office.home.recordings, office.made.recovery_key, tmp_path / "a")
    done = opened([changed], office.home.recordings, office.made.recovery_key, tmp_path / "b")
    assert (whole.returncode, done.returncode) == (0, 1)
    heard, before = (tmp_path / "b" / "changed.opus").read_bytes(), (tmp_path / "a" / f"{file.stem}.opus").read_bytes()
    assert before.startswith(heard)
    assert len(heard) < len(before)
