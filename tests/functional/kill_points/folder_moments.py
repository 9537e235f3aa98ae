"""A folder as it is from moment to moment, each content kept once, and laid out again as it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: What SQLite makes anew when nobody has the database open (https://sqlite.org/walformat.html#the_wal_index_file_format)
_MADE_ANEW = "-shm"
#: Times of files come in steps; a file that was changed within this time may be changed again without its showing.
_SETTLED_NS = 1_000_000_000


@dataclass(frozen=True)
class _Entry:
    """``content``: digest of a file, target of a link, empty for a folder. ``changed_ns``: a file's own time."""

    mode: int
    content: str = ""
    changed_ns: int = 0


Moment = dict[str, _Entry]


class FolderMoments:
    """Args: contents: an empty folder of this object's own."""

    def __init__(self, contents: Path) -> None:
        self._contents = contents
        self._known: dict[tuple[int, int, int], str] = {}

    def look(self, folder: Path) -> Moment:
        """The folder now; two that are equal hold the same. Others may be at work in it meanwhile."""
        return dict(self._entries(folder, ""))

    def lay(self, moment: Moment, folder: Path) -> None:
        """Make ``folder`` what it was."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, entry in moment.items():
            path = folder / name
            if stat.S_ISDIR(entry.mode):
                path.mkdir()
            elif stat.S_ISLNK(entry.mode):
                path.symlink_to(entry.content)
                continue
            else:
                shutil.copyfile(self._contents / entry.content, path)
                os.utime(path, ns=(entry.changed_ns, entry.changed_ns))
            path.chmod(stat.S_IMODE(entry.mode))

    def _entries(self, folder: Path, below: str) -> Iterator[tuple[str, _Entry]]:
        with suppress(FileNotFoundError), os.scandir(folder) as found:
            for each in sorted(found, key=lambda entry: entry.name):
                name = f"{below}{each.name}"
                with suppress(FileNotFoundError):
                    if each.is_dir(follow_symlinks=False):
                        yield name, _Entry(each.stat(follow_symlinks=False).st_mode)
                        yield from self._entries(Path(each.path), f"{name}/")
                    elif each.is_symlink():
                        yield name, _Entry(each.stat(follow_symlinks=False).st_mode, os.readlink(each.path))
                    elif each.is_file() and not name.endswith(_MADE_ANEW):
                        yield name, self._file(Path(each.path))

    def _file(self, path: Path) -> _Entry:
        now = path.stat()
        as_seen = (now.st_ino, now.st_size, now.st_ctime_ns)
        digest = self._known.get(as_seen, "")
        if not digest:
            content = path.read_bytes()
            digest = hashlib.blake2b(content, digest_size=20).hexdigest()
            kept = self._contents / digest
            if not kept.exists():
                kept.write_bytes(content)
            if time.time_ns() - now.st_ctime_ns > _SETTLED_NS:
                self._known[as_seen] = digest
        return _Entry(now.st_mode, digest, now.st_mtime_ns)
