"""A tar, gzipped, as one age file to the office key and the recovery key: the form of all that is backed up.

With standard tools::

    age --decrypt -i identity.txt BACKUP | tar --extract --gzip
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pyrage

from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import parse_recipient
from firmware.adapters.store.durable_files import storage_errors
from firmware.core.errors import DamagedBackup
from firmware.core.home import Home

MANIFEST, KEYSLOTS = "manifest.json", "keyslots"
_PIPE_BYTES = 1 << 16


def recipients_of(home: Home) -> list[pyrage.x25519.Recipient]:
    """To whom an office's backups are sealed. Raises NotSetUp or SettingsError."""
    keys = PublicKeyFiles(home).read()
    return [parse_recipient(keys.office, "office"), parse_recipient(keys.recovery, "recovery")]


def add_file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


def seal_tar(fill: Callable[[tarfile.TarFile], None], path: Path, recipients: list[pyrage.x25519.Recipient]) -> str:
    """Write the tar that ``fill`` fills into a new file, sealed; nothing of it lies on the disk in clear. Returns the
    file's SHA-256 in hex. Durable on return.

    Raises:
        OSError, and what ``fill`` raises.
    """
    with path.open("xb") as out:
        path.chmod(0o600)
        _seal(fill, out, recipients)
        out.flush()
        os.fsync(out.fileno())
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_tar(path: Path, identity: pyrage.x25519.Identity, take: Callable[[str, IO[bytes]], None]) -> None:
    """Hand each file in it to ``take``, by its name, in order.

    Raises:
        DamagedBackup: this key does not open it, or it is not whole.
        StorageError: what ``take`` writes cannot be written.
    """
    reader, writer = os.pipe()
    failure: list[Exception] = []

    def decrypt() -> None:
        try:
            with os.fdopen(writer, "wb") as clear, path.open("rb") as sealed:
                pyrage.decrypt_io(sealed, clear, [identity])
        except (pyrage.DecryptError, OSError) as error:
            failure.append(error)

    thread = threading.Thread(target=decrypt, name="backup")
    thread.start()
    try:
        with os.fdopen(reader, "rb") as clear, storage_errors("written", path.parent):
            with tarfile.open(fileobj=clear, mode="r|gz") as tar:
                for entry in tar:
                    if (file := tar.extractfile(entry)) is not None:
                        take(entry.name, file)
            while clear.read(_PIPE_BYTES):  # the last of it is checked when it is read
                pass
    except (tarfile.TarError, EOFError, ValueError, KeyError, pyrage.DecryptError) as error:
        failure.append(error)
    thread.join()
    if failure:
        raise DamagedBackup(
            f"The backup {path.name} cannot be opened: this is not its recovery key, or it is not whole.",
            "Look whether a newer recovery key is kept, or take the backup before: --backup NAME",
        ) from failure[0]


def _seal(fill: Callable[[tarfile.TarFile], None], out: IO[bytes], recipients: list[pyrage.x25519.Recipient]) -> None:
    reader, writer = os.pipe()
    failure: list[BaseException] = []

    def feed() -> None:
        try:
            with os.fdopen(writer, "wb", _PIPE_BYTES) as pipe, tarfile.open(fileobj=pipe, mode="w|gz") as tar:
                fill(tar)
        except BaseException as error:  # noqa: BLE001 - a thread's root: handed to whoever waits for it
            failure.append(error)

    thread = threading.Thread(target=feed, name="backup tar")
    thread.start()
    with os.fdopen(reader, "rb", _PIPE_BYTES) as pipe:
        pyrage.encrypt_io(pipe, out, recipients)
    thread.join()
    if failure:
        raise failure[0]
