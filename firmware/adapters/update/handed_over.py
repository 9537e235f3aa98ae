"""A file that a process of another user has put ready for root: found at its place, and at no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from firmware.core.errors import UpdateRefused

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: A pipe that somebody put there must not keep us waiting.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def handed_over(ground: Path, file: Path) -> Iterator[Path]:
    """The file ``file`` below ``ground``, by a name that stays this file's; it is removed afterwards.

    Neither it nor a folder on the way to it is followed where it is a link. What is *in* it may still be changed by
    whoever put it there: RAUC checks each block when it reads it.

    Raises:
        UpdateRefused: there is none, or it is no ordinary file with one name.
    """
    with ExitStack() as opened:

        def open_at(name: str, how: int, folder: int | None) -> int:
            file = os.open(name, how, dir_fd=folder)
            opened.callback(os.close, file)
            return file

        try:
            folder = open_at(str(ground), _FOLDER, None)
            for part in file.parent.relative_to(ground).parts:
                folder = open_at(part, _FOLDER, folder)
            found = open_at(file.name, _FILE, folder)
        except OSError as error:
            raise UpdateRefused(f"There is no update at {file}: {error.strerror}.", "Send it again.") from error
        told = os.fstat(found)
        if not stat.S_ISREG(told.st_mode) or told.st_nlink != 1:
            raise UpdateRefused(f"{file} is no ordinary file.", "Look who put it there: somebody may have broken in.")
        try:
            yield Path(f"/proc/{os.getpid()}/fd/{found}")
        finally:
            with suppress(FileNotFoundError):  # taken away by its sender: what was written of it stands
                os.unlink(file.name, dir_fd=folder)
