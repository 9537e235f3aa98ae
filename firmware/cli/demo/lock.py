"""Who runs the demonstration of a folder: one process at most, and others can find it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.core.errors import AlreadyRunning
from firmware.core.home import Home


@contextmanager
def alone_in(home: Home) -> Iterator[None]:
    """Hold the folder, so that a second demonstration says so instead of fighting over ports and files.

    Raises:
        AlreadyRunning: somebody does.
    """
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock_file(home).open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"The demonstration in {home.root} is running already.",
                "Use its page, stop it with Ctrl-C, or run another with --home DIR.",
            ) from None
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield


def running_demonstration(home: Home) -> int | None:
    """The process id of the one that holds the folder; None where nobody does."""
    try:
        with _lock_file(home).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                said = lock.read().strip()
                return int(said) if said.isdigit() else None
    except FileNotFoundError:
        pass
    return None


def _lock_file(home: Home) -> Path:
    return home.root / "demo.lock"
