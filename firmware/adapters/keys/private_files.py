"""Key files: made once, exclusively, closed to others from the first moment, durable when the call returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from firmware.adapters.settings.missing_state import missing
from firmware.adapters.store.durable_files import sync_folder
from firmware.core.errors import StorageError


def make_private_folder(folder: Path) -> None:
    """Make a folder (and those above it) that only its owner may enter.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        for each in reversed([folder, *folder.parents]):
            if not each.is_dir():
                each.mkdir(mode=0o700)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            "Check who owns the folder above it, and its disk.",
        ) from error


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that must not be there yet.

    Raises:
        StorageError: it is there, or cannot be written.
    """
    with _naming(path), _create(path, mode) as file:
        _write(file, path, content)


@contextmanager
def new_file_with_room(path: Path, size: int) -> Iterator[Callable[[bytes], None]]:
    """Make a file for a secret that is yet to be made, and yield what writes it there, durably, once.

    Its room is taken now and it is held open: later neither a full disk nor another file put in its place can get
    between. Should the ``with`` end in an error, the file is removed.

    Raises:
        StorageError: it is there, or cannot be written.
    """
    with _naming(path):
        file = _create(path, 0o600)
    try:
        with file:
            _write(file, path, bytes(size))
            yield lambda content: _write(file, path, content.ljust(size))
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def read_key_file(path: Path) -> bytes:
    """A key file's content.

    Raises:
        NotSetUp: it is not there.
        StorageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise missing(path, f"The key file {path} is missing.") from None
    except OSError as error:
        raise StorageError(f"Cannot read {path}: {error.strerror}.", "Check that it belongs to this user.") from error


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror}.", "Check the folder and its disk.") from error


def _create(path: Path, mode: int) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    os.fchmod(descriptor, mode)
    return os.fdopen(descriptor, "wb")


def _write(file: BinaryIO, path: Path, content: bytes) -> None:
    """The file's whole content, durable when this returns."""
    with _naming(path):
        file.seek(0)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        sync_folder(path.parent)
