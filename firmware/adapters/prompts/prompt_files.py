"""Putting a finished prompt among the office's own, and taking one away: whoever owns the folder owns its files."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from firmware.adapters.prompts.wave_file import NotPlayable, wave_of
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.store.durable_files import storage_errors, sync_folder
from firmware.core.errors import PromptError

LARGEST_BYTES = 2_200_000  # two minutes of 8 kHz, 16 bits, and a header
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.wav")


def put_prompt(folder: Path, name: str, source: Path) -> None:
    """Copy ``source`` to ``folder/name``, if telephones can play it. It is opened once, so what is looked at is kept.

    Raises:
        PromptError: they cannot, or ``name`` is no name of a prompt's file.
        StorageError: it cannot be read or written.
    """
    content = _read(source)
    if len(content) > LARGEST_BYTES:
        raise PromptError("That is longer than a prompt may be.", "Two minutes are the most.")
    try:
        wave_of(content)
    except NotPlayable as reason:
        raise PromptError(f"That cannot be played: it {reason}.", "Send it once more.") from None
    path = _path(folder, name)
    with storage_errors("written", path):
        folder.mkdir(mode=0o700, exist_ok=True)
        whose = folder.stat()
    replace_file(path, content, 0o600 | whose.st_mode & 0o040, (whose.st_uid, whose.st_gid))


def remove_prompt(folder: Path, name: str) -> None:
    """Raises PromptError, StorageError."""
    path = _path(folder, name)
    with storage_errors("removed", path):
        path.unlink(missing_ok=True)
        sync_folder(folder)


def _read(source: Path) -> bytes:
    """As much of it as a prompt may have, and a byte. Another user may have put anything there; nobody waits for it."""
    with storage_errors("read", source):
        file = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise PromptError("What was sent is no file.", "Send it once more.")
            return opened.read(LARGEST_BYTES + 1)


def _path(folder: Path, name: str) -> Path:
    if _FILE.fullmatch(name) is None:
        raise PromptError(f"{name!r} is no name of a prompt's file.")
    return folder / name
