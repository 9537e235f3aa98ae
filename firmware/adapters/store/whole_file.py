"""A file that is to leave the box, or to move within it: written whole or not at all, for its owner alone.

Until it is whole it has no name (O_TMPFILE, open(2)), so that a kill or a power cut leaves nothing of it. Where the
file system has no files without a name (vfat, on most memory sticks) it is called ``.<name>.<pid>.part`` meanwhile,
and a kill leaves that: ``remove_leftovers`` finds it the next time. A lock on it (flock(2)) says that its writer lives.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from firmware.adapters.store.durable_files import write_all

Pieces = Callable[[], Iterable[bytes]]

_LEFTOVER = re.compile(r"\..+\.[0-9]+\.part", re.DOTALL)
#: What open(2) and link(2) say where files without a name, or giving them one, are not known.
_NOT_KNOWN_HERE = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.EPERM, errno.ENOENT, errno.EXDEV})


def write_whole(target: Path, pieces: Pieces, mode: int = 0o600) -> None:
    """Write ``pieces()`` to ``target`` with those rights; what is there already is replaced at once.

    ``pieces`` may be asked twice: again where a file without a name turns out not to be possible.

    Raises:
        OSError: it cannot be written; nothing is left.
    """
    try:
        _write_without_a_name(target, pieces, mode)
    except OSError as error:
        if error.errno not in _NOT_KNOWN_HERE:
            raise
        _write_by_another_name(target, pieces, mode)


def remove_leftovers(folder: Path) -> tuple[list[Path], list[Path]]:
    """Remove what writers that were killed have left in ``folder``. Returns the removed, and what could not be."""
    removed, kept = [], []
    for path in sorted(folder.glob(".*.part")):
        if not _LEFTOVER.fullmatch(path.name) or not stat.S_ISREG(path.lstat().st_mode):
            continue
        try:
            if _is_being_written(path):
                continue
            path.unlink()
            removed.append(path)
        except OSError:
            kept.append(path)
    return removed, kept


def _write_without_a_name(target: Path, pieces: Pieces, mode: int) -> None:
    file = os.open(target.parent, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
    try:
        _fill(file, pieces, mode)
        try:
            _name(file, target)
        except FileExistsError:
            part = _part_of(target)
            _name(file, part)
            _rename(part, target)
    finally:
        os.close(file)


def _write_by_another_name(target: Path, pieces: Pieces, mode: int) -> None:
    part = _part_of(target)
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _fill(file, pieces, mode)
        _rename(part, target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
        os.close(file)


def _fill(file: int, pieces: Pieces, mode: int) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)
    os.fchmod(file, mode)
    for piece in pieces():
        write_all(file, piece)
    os.fsync(file)


def _name(file: int, path: Path) -> None:
    """linkat(2) through /proc. Python calls it, and not link(2), which does not follow, for a ``src_dir_fd`` only."""
    descriptors = os.open("/proc/self/fd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.link(str(file), path, src_dir_fd=descriptors, follow_symlinks=True)
    finally:
        os.close(descriptors)


def _rename(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError:
        part.unlink()
        raise


def _part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def _is_being_written(path: Path) -> bool:
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
