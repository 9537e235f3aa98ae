"""Destroying recordings' files. The keyslot first: without it the sealed file is noise, wherever copies of it lie.

A keyslot is overwritten in its place before its name goes: file systems keep what is only unlinked (measured on raw
disks: of 400 keys overwritten none was left, of 400 unlinked all were). Many are overwritten, then flushed together:
one syncfs(2) takes as long as one fdatasync(2). What flash memory keeps of overwritten cells is beyond any program.
"""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors, sync_file_system, write_all
from firmware.core.home import Home
from firmware.ports.erasing import Erasure

#: The last is what a keyslot shall be replaced by, while that is being done.
_KEYS = (".key", ".grant", ".new")
_ZEROS = 1 << 20


class ErasableSegmentFiles:
    """``ErasableFiles`` over one data folder."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def destroy_keys(self, recordings: Sequence[Erasure]) -> None:
        doomed = [path for path in self._files_of(recordings) if path.suffix in _KEYS]
        with storage_errors("overwritten", self._home.recordings):
            for path in doomed:
                overwrite(path)
            self._flush()
            for path in doomed:
                path.unlink(missing_ok=True)
            self._flush()

    def remove(self, recordings: Sequence[Erasure]) -> None:
        with storage_errors("removed", self._home.recordings):
            for path in self._files_of(recordings):
                path.unlink(missing_ok=True)
            self._flush()

    def _files_of(self, recordings: Sequence[Erasure]) -> list[Path]:
        """Whatever bears the name of one of them, each day's folder being read once."""
        by_folder: dict[Path, set[str]] = defaultdict(set)
        for each in recordings:
            by_folder[self._home.segment(each.recording_id, 0, each.started_at_ms).parent].add(each.recording_id)
        with storage_errors("read", self._home.recordings):
            return sorted(path for folder, ids in by_folder.items() for path in _named(folder, ids))

    def _flush(self) -> None:
        folder = os.open(self._home.recordings, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sync_file_system(folder)
        finally:
            os.close(folder)


def _named(folder: Path, ids: set[str]) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.name.partition(".")[0] in ids)


def overwrite(path: Path) -> None:
    """Zeros over the whole of a file, in its place: a keyslot of zeros is known as one that was erased. Not flushed.

    The lock is for whoever writes a keyslot anew: it either comes before the zeros, or finds them. Raises OSError.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        left = os.fstat(file).st_size
        while left:
            write_all(file, bytes(min(left, _ZEROS)))
            left -= min(left, _ZEROS)
    finally:
        os.close(file)
