"""File systems of the test's own: an ext4 whose power can be cut, and a small one that fills up. Need root.

A power cut is simulated by a copy of the block image, taken while the writers stand still: what had not reached the
device is not in the copy. Journal commits go on by themselves, so a copy counts only when a second one is the same.
"""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
