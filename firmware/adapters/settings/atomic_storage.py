"""TinyDB's storage, made durable: temporary file, fsync, rename, fsync of the folder.

TinyDB's own ``JSONStorage`` writes in place and left a broken file in a third of the times it was killed; here a crash
leaves the old document or the new one, never half of either.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from tinydb.storages import Storage

from firmware.adapters.store.durable_files import put_in_place
from firmware.core.errors import StorageError, StorageFull


class AtomicStorage(Storage):
    """One JSON file, read whole and written whole. Nothing is cached, so another process's change is seen.

    Raises (from ``read`` and ``write``):
        StorageError: the file cannot be read or written, or is not JSON.
        StorageFull: the disk has no room; the old file stands.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, dict[str, Any]] | None:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _storage_error("read", self._path, error) from error
        try:
            document: dict[str, dict[str, Any]] = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise StorageError(
                f"{self._path} is damaged: {error}.", "Put it back from a backup of the state folder."
            ) from error
        return document

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        replace_file(self._path, orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2))

    def close(self) -> None:
        """Nothing is held open."""


class ForgetfulStorage(AtomicStorage):
    """For what holds keys: the file that was replaced is overwritten with zeros, so that a key once withdrawn does not
    lie in free blocks. (Flash may keep old cells.) Whoever reads must hold ``locked``, or may read the zeros.
    """

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        try:
            before = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            super().write(data)
            return
        except OSError as error:
            raise _storage_error("write", self._path, error) from error
        try:
            super().write(data)
            _fill_with_zeros(before)
        except OSError as error:
            raise _storage_error("overwrite", self._path, error) from error
        finally:
            os.close(before)


def _fill_with_zeros(descriptor: int) -> None:
    """What a file holds, in its place, durably."""
    os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
    os.fdatasync(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other process (and thread) from changing ``path`` between a read and the write that follows it.

    The folder is locked: the file itself is replaced by each write, and a lock file of its own would belong to whoever
    came first.
    """
    try:
        lock = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _storage_error("lock", path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def replace_file(path: Path, content: bytes, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """Put ``content`` in place of ``path`` at once and durably. An existing file's mode and, where we may, its owner
    and group are kept.

    Args:
        owner: whose a new file becomes, as numbers of user and group; without it, its writer's.

    Raises:
        StorageError, StorageFull: as they say; the old file stands.
    """
    try:
        with suppress(FileNotFoundError):
            found = path.stat()
            mode, owner = found.st_mode & 0o777, (found.st_uid, found.st_gid)
        put_in_place(path, content, mode, owner)
    except OSError as error:
        raise _storage_error("write", path, error) from error


def _storage_error(doing: str, path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"No room to {doing} {path}.", "Make room on that disk; nothing was changed.")
    return StorageError(f"Cannot {doing} {path}: {error.strerror}.", "Check that the folder belongs to this user.")
