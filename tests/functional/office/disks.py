"""File systems of the test's own: an ext4 that fails or whose power is cut, and a small one that fills up. Need root.

A power cut is simulated by a copy of the block image, taken while the writers stand still: what had not reached the
device is not in the copy. Journal commits go on by themselves, so a copy counts only when a second one is the same.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

#: _IOR('X', 125, __u32) and EXT4_GOING_FLAGS_NOLOGFLUSH, of the kernel's ext4.
_EXT4_IOC_SHUTDOWN: Final = 0x8004587D
_WITHOUT_ITS_LOG: Final = 2


class CannotMount(RuntimeError):
    """Mounting is refused here."""


class NeverStill(RuntimeError):
    """The image kept changing."""


@contextmanager
def ext4(image: Path, at: Path, megabytes: int = 96) -> Iterator[Path]:
    """A new ext4 in the file ``image``, mounted at ``at``."""
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    _run("mkfs.ext4", "-q", "-F", "-J", "size=4", str(image))
    with mounted(image, at):
        yield at


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    """Mount an image; mounting replays its journal, as the first start after a power cut does."""
    at.mkdir(parents=True, exist_ok=True)
    _run("mount", "-o", "loop", str(image), str(at))
    try:
        yield at
    finally:
        _run("umount", str(at))


@contextmanager
def memory_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A small file system in memory."""
    at.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(at))
    try:
        yield at
    finally:
        _run("umount", "--lazy", str(at))


class FailingDisk:
    """An ext4 with what lay in a folder, mounted there; it can become read-only by itself, or be pulled out."""

    def __init__(self, image: Path, at: Path, megabytes: int = 96) -> None:
        self.at = at
        self._image = image
        self._filler = at / "filler"
        aside = image.with_suffix(".content")
        shutil.move(at, aside)
        at.mkdir()
        with ext4(image, at, megabytes):
            shutil.copytree(aside, at, dirs_exist_ok=True)
        shutil.rmtree(aside)
        self.put_in()

    def put_in(self) -> None:
        """Mounting replays its journal, as after a power cut."""
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.at))

    def take_out(self) -> bool:
        """False: somebody looks into it at this moment."""
        return not os.path.ismount(self.at) or subprocess.run(["umount", self.at], check=False).returncode == 0

    def become_read_only(self) -> None:
        """As ext4 does when it finds an error: whatever is open cannot be written any more either."""
        device = Path(os.path.realpath(_source_of(self.at))).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("an error on purpose")

    def fail(self) -> None:
        """As a disk that was pulled out: nothing can be read or written, and what was not flushed is lost."""
        folder = os.open(self.at, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, _EXT4_IOC_SHUTDOWN, struct.pack("I", _WITHOUT_ITS_LOG))
        finally:
            os.close(folder)

    def fill(self, but_for_bytes: int = 0) -> None:
        """Leave no room, or so much."""
        figures = os.statvfs(self.at)
        wanted = max(0, figures.f_bavail * figures.f_frsize - but_for_bytes)
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), file.tell(), wanted)
            while not but_for_bytes:
                file.write(bytes(4096))

    def make_room(self) -> None:
        self._filler.unlink()


def _source_of(at: Path) -> str:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        source, where, *_ = line.split()
        if where == str(at):
            return source
    raise CannotMount(f"nothing is mounted at {at}")


@contextmanager
def read_only(at: Path) -> Iterator[None]:
    """Make a mounted file system read-only for a while: not even root can write."""
    _run("mount", "-o", "remount,ro", str(at))
    try:
        yield
    finally:
        _run("mount", "-o", "remount,rw", str(at))


def copy_of(image: Path, to: Path) -> Path:
    """A copy in which nothing is torn. The writers must stand still.

    Raises:
        NeverStill: twenty copies differed from each other.
    """
    again = to.with_suffix(".again")
    shutil.copyfile(image, to)
    for _ in range(20):
        shutil.copyfile(image, again)
        if filecmp.cmp(to, again, shallow=False):
            again.unlink()
            return to
        again.replace(to)
    raise NeverStill(f"{image} kept changing while it was copied")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMount(f"{' '.join(command)} failed (root is needed): {done.stderr.strip()}")
