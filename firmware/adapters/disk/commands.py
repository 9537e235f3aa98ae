"""The system's tools for disks, and what it means when one of them fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.adapters.supervision import system_command
from firmware.adapters.supervision.system_command import PATIENCE_S, Done
from firmware.core.errors import ServiceAway, StorageError


def run(
    *command: str,
    secret: bytes | bytearray = b"",
    package: str = "cryptsetup-bin",
    files: tuple[int, ...] = (),
    patience_s: float = PATIENCE_S,
) -> Done:
    """Run one command to its end, as ``system_command.run``.

    Raises:
        MissingComponent: it is not installed.
        StorageError: it did not end.
    """
    try:
        return system_command.run(*command, package=package, secret=secret, files=files, patience_s=patience_s)
    except ServiceAway as error:
        raise StorageError(error.what, "Check that the disk answers: dmesg.") from error


def must_run(what: str, *command: str, secret: bytes | bytearray = b"", package: str = "cryptsetup-bin") -> str:
    """The same for what must go well; ``what`` completes "The data disk cannot be …". Gives what it printed.

    Raises:
        StorageError, MissingComponent.
    """
    done = run(*command, secret=secret, package=package)
    if done.code:
        raise StorageError(
            f"The data disk cannot be {what}: {done.said or f'{command[0]} ended with {done.code}'}.",
            "Check that it is plugged in and sound (dmesg, smartctl).",
        )
    return done.out


@contextmanager
def in_memory(secret: bytes) -> Iterator[int]:
    """A file that is nowhere, with a secret in it, for a command that wants a second one; wiped at the end."""
    file = os.memfd_create("key", os.MFD_CLOEXEC)
    try:
        os.write(file, secret)
        yield file
    finally:
        os.pwrite(file, bytes(len(secret)), 0)
        os.close(file)
