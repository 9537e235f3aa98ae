"""Files that are there after a power cut once a call returns, and errors that an operator can act on."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from firmware.core.errors import StorageError, StorageFull


@contextlib.contextmanager
def storage_errors(action: str, path: Path) -> Iterator[None]:
    """Turn the system's errors into ours. ``action`` completes "… cannot be …": "written", "read", "made"."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(
                f"There is no room left for {path}.",
                "Free space on its disk, or put in a larger one. Calls go on.",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"{path} cannot be {action}: {error.strerror}.",
                "Let the recorder's user own the data folder (chown), and mount its disk for writing.",
            ) from error
        raise StorageError(
            f"{path} cannot be {action}: {error.strerror}.", "Check that the data disk is plugged in and sound."
        ) from error


def file_mode(folder: Path) -> int:
    """For a new file: its owner's, and readable by whom the folder is. (On the box, that is; in a clone by nobody
    else. Who owns the folders is in ``core/rights.py``.)"""
    return 0o600 | folder.stat().st_mode & 0o044


def key_mode(folder: Path) -> int:
    """For a file that those who write in the folder overwrite, too, and nobody else reads: keyslots and grants."""
    return 0o600 | folder.stat().st_mode & 0o060


def common_mode(folder: Path) -> int:
    """For a file that those who write in the folder write, too, and others of the folder read: the catalogue."""
    return file_mode(folder) | key_mode(folder)


def folder_mode(folder: Path) -> int:
    """For a new folder inside ``folder``: as open as that."""
    return 0o700 | folder.stat().st_mode & 0o075


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, each as open as the one it lies in. Raises OSError."""
    if not folder.exists():
        make_folders(folder.parent)
        folder.mkdir(mode=folder_mode(folder.parent) if folder.parent.name else 0o700, exist_ok=True)


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a whole file so that a reader, and a power cut, meet the old or the new one and nothing between.

    Args:
        mode: its rights, whatever the folder's are; as ``file_mode`` says when it is not given.

    Raises:
        StorageError: it cannot be written.
    """
    with storage_errors("written", path):
        put_in_place(path, content, file_mode(path.parent) if mode is None else mode)


def put_in_place(path: Path, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """``replace_file`` with the system's own errors: the old file stands then, and nothing is left beside it.

    Args:
        owner: whose it becomes, as numbers of user and group, as far as we may give it away.

    Raises:
        OSError: it cannot be written.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.unlink(missing_ok=True)
        _write_new(temporary, content, mode, owner)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):  # it may be what failed: a disk that takes no writing
            temporary.unlink(missing_ok=True)
        raise


def _write_new(path: Path, content: bytes, mode: int, owner: tuple[int, int] | None) -> None:
    """All by the descriptor: whoever owns the folder could have put a link where the name was."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if owner is not None:
            with contextlib.suppress(PermissionError):  # only root gives files away; a group of one's own, anybody
                os.fchown(file, *owner)
        os.fchmod(file, mode)
        write_all(file, content)
        os.fsync(file)
    finally:
        os.close(file)


def write_all(file: int, content: bytes) -> None:
    """os.write until all is written. Raises OSError with part of it written."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def sync_folder(folder: Path) -> None:
    """fsync a folder, so that names made or replaced in it are there after a power cut. Raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def must_be_there(path: Path, opened: int) -> None:
    """Before something is made by its name: a disk that was unmounted leaves a folder of the same name.

    Raises:
        FileNotFoundError: ``path`` is not (any more) what was opened.
    """
    if not os.path.samestat(path.stat(), os.fstat(opened)):
        raise FileNotFoundError(errno.ENOENT, "it is another folder than it was", str(path))


def sync_file_system(file: int) -> None:
    """syncfs(2): flush everything on the file system that ``file`` is on, in one go. Raises OSError."""
    library = _libc()
    if library.syncfs(file) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
