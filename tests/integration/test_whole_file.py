"""A file in clear is written whole or not at all: a writer killed in the middle leaves nothing, or nothing for long."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.adapters.store.whole_file import remove_leftovers, write_whole

# Writes one piece, says so, and waits for ever; as private as the export command. With "no names", the kernel answers
# as it does for a memory stick (vfat).
WRITER = """
import errno, os, sys
from pathlib import Path
from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.store.whole_file import write_whole
keep_memory_private()
open_really = os.open
def open_as_on_vfat(path, flags, mode=0o777, **more):
    if flags & os.O_TMPFILE == os.O_TMPFILE:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")
    return open_really(path, flags, mode, **more)
if sys.argv[2] == "no names":
    os.open = open_as_on_vfat
def pieces():
    yield b"spoken words " * 10000
    print("half", flush=True)
    sys.stdin.read(1)
    yield b"the rest"
write_whole(Path(sys.argv[1]), pieces)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory: every Linux has files without a name there."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


@contextmanager
def half_written(target: Path, names: str) -> Iterator[subprocess.Popen[str]]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(target), names], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == "half\n"
        yield writer
    finally:
        writer.kill()
        writer.wait()
        writer.stdin.close()
        writer.stdout.close()


@pytest.mark.parametrize("was_there", [False, True])
def test_a_writer_killed_in_the_middle_leaves_nothing(folder: Path, was_there: bool) -> None:
    target = folder / "call.wav"
    if was_there:
        target.write_text("the old one")
    with half_written(target, "names") as writer:
        writer.kill()
        writer.wait()
        assert [path.read_text() for path in folder.iterdir()] == ["the old one"] * was_there


@pytest.mark.parametrize("names", ["names", "no names"])
@pytest.mark.parametrize("was_there", [False, True])
def test_a_file_appears_whole_and_for_its_owner_alone(folder: Path, names: str, was_there: bool) -> None:
    target = folder / "call.wav"
    if was_there:
        target.write_text("the old one")
        target.chmod(0o644)
    with half_written(target, names) as writer:
        assert target.exists() == was_there
        assert writer.stdin is not None
        writer.stdin.write("x")
        writer.stdin.flush()
        assert writer.wait(10) == 0
    assert list(folder.iterdir()) == [target]
    assert target.read_bytes() == b"spoken words " * 10000 + b"the rest"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_what_a_kill_leaves_on_a_memory_stick_goes_with_the_next_export(folder: Path) -> None:
    target = folder / "call.wav"
    with half_written(target, "no names") as writer:
        (part,) = folder.iterdir()
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        assert remove_leftovers(folder) == ([], []), "its writer lives"
        writer.kill()
        writer.wait()
        assert remove_leftovers(folder) == ([part], [])
    assert list(folder.iterdir()) == []


def test_files_of_others_are_left_alone(folder: Path) -> None:
    for name in (".mine.part", "call.wav.1.part", ".call.wav.12.partial", ".call.wav.x.part"):
        (folder / name).write_text("mine")
    (folder / ".link.1.part").symlink_to(folder / ".mine.part")
    (folder / ".folder.1.part").mkdir()
    before = sorted(folder.iterdir())
    assert remove_leftovers(folder) == ([], [])
    assert sorted(folder.iterdir()) == before


def test_a_full_disk_leaves_nothing(folder: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"some"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(folder / "call.wav", pieces)
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(folder / "nowhere" / "call.wav", lambda: [b"some"])
