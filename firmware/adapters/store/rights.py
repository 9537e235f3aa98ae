"""Setting owners, groups and modes as ``core/rights.py`` has them, and finding where they are others. Linux.

Folders are gone through by their descriptors and nothing is followed, because users who own part of them could put a
link in root's way. What is no file of one name, and no folder, is none of ours and left alone.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from firmware.core.home import Home
from firmware.core.rights import Place

_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEEP = "**"
#: Erased meanwhile, a link, or a socket.
_NOT_OURS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)


def has_box_users() -> bool:
    """Whether this machine has the users that each process runs as on the box."""
    try:
        pwd.getpwnam("earmark-recorder")
    except KeyError:
        return False
    return True


@dataclass(frozen=True)
class Wrong:
    """One that is not as the table says."""

    path: Path
    is_now: str
    should_be: str


def make_folders_of(home: Home, places: Sequence[Place]) -> None:
    """Those of the table that are missing. Raises OSError."""
    for place in places:
        if place.is_folder and _DEEP not in place.path:
            (home.root / place.path).mkdir(mode=0o700, exist_ok=True)


def set_rights(home: Home, places: Sequence[Place]) -> int:
    """Put right what is there; returns how many were wrong. As root. Later rows of the table stand over earlier ones.

    Raises:
        OSError, KeyError: it cannot be done, or the machine lacks a user.
    """
    wrong = 0
    for file, _, place in _each(home, places):
        uid, gid = _ids(place)
        found = os.fstat(file)
        if (found.st_uid, found.st_gid) != (uid, gid):
            os.fchown(file, uid, gid)
        if _is_other(found, place):
            os.fchmod(file, place.mode)  # after the owner: chown(2) clears setgid
            wrong += 1
    return wrong


def wrong_rights(home: Home, places: Sequence[Place]) -> list[Wrong]:
    """Where owner, group or mode are others than the table's. Raises as ``set_rights``."""
    return [
        Wrong(path, _shown(found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)), _shown(*_ids(place), place.mode))
        for file, path, place in _each(home, places)
        if _is_other(found := os.fstat(file), place)
    ]


def _is_other(found: os.stat_result, place: Place) -> bool:
    return (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != (*_ids(place), place.mode)


def _each(home: Home, places: Sequence[Place]) -> Iterator[tuple[int, Path, Place]]:
    """An open descriptor of everything that a row is about, each by the last row that names it."""
    found: dict[Path, Place] = {}
    for place in places:
        found |= dict.fromkeys(_paths(home.root, place.path), place)
    for path, place in found.items():
        try:
            file = _opened(home.root, path)
        except OSError as error:
            if error.errno not in _NOT_OURS:
                raise
            continue
        try:
            if _is_meant(os.fstat(file), place):
                yield file, path, place
        finally:
            os.close(file)


def _is_meant(found: os.stat_result, place: Place) -> bool:
    if place.is_folder:
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


def _paths(root: Path, pattern: str) -> Iterator[Path]:
    base, deep, ending = pattern.partition(_DEEP)
    if deep:
        for folder, folders, names in os.walk(root / base):
            for name in folders if ending == "/" else names:
                if ending == "/" or name.endswith(ending):
                    yield Path(folder, name)
    elif "*" in pattern:
        above, _, name_pattern = pattern.rpartition("/")
        with suppress(FileNotFoundError, NotADirectoryError):
            yield from (path for path in sorted((root / above).iterdir()) if fnmatchcase(path.name, name_pattern))
    elif os.path.lexists(root / pattern):
        yield root / pattern


def _opened(root: Path, path: Path) -> int:
    """Without following a link anywhere below ``root``. Raises OSError."""
    file = os.open(root, _LOOK)
    for part in path.relative_to(root).parts:
        above = file
        try:
            file = os.open(part, _LOOK, dir_fd=above)
        finally:
            os.close(above)
    return file


def _ids(place: Place) -> tuple[int, int]:
    return pwd.getpwnam(place.user).pw_uid, grp.getgrnam(place.group_name).gr_gid


def _shown(uid: int, gid: int, mode: int) -> str:
    return f"{_name(uid)}:{_group(gid)} {mode:04o}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
