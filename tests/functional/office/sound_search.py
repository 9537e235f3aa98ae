"""Looks for sound, as the bytes it would lie about as: in files, and in the rings between lines and recorder.

Every 20 ms block is looked for at once: the middle of it, as PCM (alone, or as one channel of two), µ-law and A-law.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from firmware.core.ring_layout import MAGIC
from tests.functional.instruments.g711 import Pcm, encode
from tests.functional.instruments.rtp import FRAME

_RUN = slice(40, 80)
_LEAST_LOUDNESS = 100.0
_KEY = np.dtype("<u8")
_HASH_BITS = 20
_PART = 1 << 22
_OVERLAP = 4 * FRAME  # more than a run takes anywhere
# What is mapped into memory is not counted as written: far more than any of our processes maps of a file.
_NO_LESS = 1 << 26
Keys = npt.NDArray[np.uint64]


@dataclass
class Sounds:
    """What is looked for: pieces of sound by name."""

    pieces: Mapping[str, Pcm]
    _runs: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    _hashes: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1 << _HASH_BITS, np.bool_))

    def __post_init__(self) -> None:
        for name, pcm in self.pieces.items():
            for run in _runs(pcm):
                self._add(f"{name} as PCM", run.astype("<i2").tobytes())
                self._add(f"{name} as big-endian PCM", run.astype(">i2").tobytes())
                self._add(f"{name} as µ-law", encode(run, "PCMU"))
                self._add(f"{name} as A-law", encode(run, "PCMA"))
        self._hashes[_hashed(np.array(list(self._runs), _KEY))] = True

    def __len__(self) -> int:
        return sum(len(runs) for runs in self._runs.values())

    def _add(self, name: str, octets: bytes) -> None:
        self._runs.setdefault(int(np.frombuffer(octets[:8], _KEY)[0]), []).append((name, octets))

    def found_in(self, octets: bytes) -> list[str]:
        """The names of what is in there, each once, with how many pieces of it."""
        found: dict[str, int] = {}
        for view in (octets, *_channels(octets), *_channels(octets[1:])):
            for name in self._in_one(view):
                found[name] = found.get(name, 0) + 1
        return [f"{name} ({count} pieces)" for name, count in found.items()]

    def _in_one(self, octets: bytes) -> Iterator[str]:
        for shift in range(8):
            whole = (len(octets) - shift) // 8 * 8
            keys = np.frombuffer(octets, _KEY, whole // 8, shift) if whole > 0 else np.zeros(0, _KEY)
            for place in np.flatnonzero(self._hashes[_hashed(keys)]):
                at = shift + 8 * int(place)
                runs = self._runs.get(int(keys[place]), ())
                yield from (name for name, run in runs if octets[at : at + len(run)] == run)


def _hashed(keys: Keys) -> Keys:
    """Fibonacci hashing: most of what is not looked for is told at a glance."""
    return np.asarray((keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _HASH_BITS))


def _channels(octets: bytes) -> tuple[bytes, bytes]:
    """Either of two channels that lie interleaved."""
    words = np.frombuffer(octets[: len(octets) // 2 * 2], np.uint16)
    return words[0::2].tobytes(), words[1::2].tobytes()


def _runs(pcm: Pcm) -> Iterator[Pcm]:
    for start in range(0, len(pcm) - FRAME + 1, FRAME):
        block = pcm[start : start + FRAME]
        if np.sqrt(np.mean(block.astype(float) ** 2)) > _LEAST_LOUDNESS:
            yield block[_RUN]


def is_there(block: Pcm, octets: bytes) -> bool:
    """Is the middle of a 20 ms block in there as PCM?"""
    return block[_RUN].astype("<i2").tobytes() in octets


def found_in_new_files(
    folders: Iterable[Path], sounds: Sounds, since: float, written: int = sys.maxsize
) -> tuple[list[str], int]:
    """What is in which file that was written after ``since`` (Unix time); and how many files were looked into.

    Others write in a folder for temporary files as well, caches and whole disks. Whose a file is cannot be told, but
    none is ours that holds more octets than all ``written`` by our processes together; nor do they know of a disk that
    somebody mounts below the folder.
    """
    found, looked = [], 0
    for path in (path for folder in folders for path in _files(folder)):
        try:
            state = path.stat()
            if state.st_mtime < since or not stat.S_ISREG(state.st_mode) or state.st_size > written:
                continue
            with path.open("rb") as file:
                found += [f"{what} in {path}" for part in _parts(file, written) for what in sounds.found_in(part)]
        except OSError:
            continue  # another program's, which has gone meanwhile
        looked += 1
    return found, looked


def octets_written(pids: Iterable[int]) -> int:
    """By these processes and those they started that have ended, to anything, so far (proc_pid_io(5))."""
    counts = (dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines()) for pid in pids)
    return max(_NO_LESS, sum(int(count["wchar"]) for count in counts))


def _files(folder: Path) -> Iterator[Path]:
    disk = folder.stat().st_dev
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _is_on(disk, Path(at, name))]
        yield from (Path(at, name) for name in names if not Path(at, name).is_symlink())


def _is_on(disk: int, path: Path) -> bool:
    try:
        return path.lstat().st_dev == disk
    except OSError:
        return False


def _parts(file: BinaryIO, most: int) -> Iterator[bytes]:
    """What is in it, a part at a time, each beginning with the end of the one before: a file may grow meanwhile."""
    end = b""
    for _ in range(0, most, _PART):
        octets = file.read(_PART)
        if not octets:
            return
        yield end + octets
        end = octets[-_OVERLAP:]


def live_rings(pids: Iterable[int]) -> list[bytes]:
    """The rings between lines and recorder that these processes have open now. Needs root."""
    return [content for content in memory_files(pids).values() if content.startswith(MAGIC)]


def memory_files(pids: Iterable[int]) -> dict[int, bytes]:
    """The content of every memory file that these processes have open, rings and all, by inode number. Needs root."""
    found: dict[int, bytes] = {}
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if os.readlink(link).startswith("/memfd:"):
                    found.setdefault(link.stat().st_ino, link.read_bytes())
            except OSError:
                continue  # closed meanwhile
    return found
