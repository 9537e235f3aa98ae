"""Key files: made once, exclusively, closed to others from the first moment, durable when the call returns."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.core.errors import NotSetUp, StorageError


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
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        _flush_folder(path.parent)
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror}.", "Check the folder and its disk.") from error


def read_key_file(path: Path) -> bytes:
    """A key file's content.

    Raises:
        NotSetUp: it is not there.
        StorageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotSetUp(
            f"The key file {path} is missing.",
            "Set the box up with earmark init, or put the file back from a backup of the state folder.",
        ) from None
    except OSError as error:
        raise StorageError(f"Cannot read {path}: {error.strerror}.", "Check that it belongs to this user.") from error


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
