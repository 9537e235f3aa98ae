"""Running the system's tools for disks. Secrets go by standard input, never by an argument or a file."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from firmware.core.errors import MissingComponent, StorageError

_PATIENCE_S = 300.0
#: Commands must be told in one language, and found where an administrator's are.
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    said: str


def run(
    *command: str,
    secret: bytes | bytearray = b"",
    package: str = "cryptsetup-bin",
    files: tuple[int, ...] = (),
    patience_s: float = _PATIENCE_S,
) -> Done:
    """Run one command to its end. ``secret`` is its standard input, ``files`` are descriptors that it gets.

    Raises:
        MissingComponent: it is not installed.
        StorageError: it did not end.
    """
    try:
        done = subprocess.run(
            command,
            input=secret,
            capture_output=True,
            env=_ENVIRONMENT,
            timeout=patience_s,
            pass_fds=files,
            check=False,
        )
    except FileNotFoundError:
        raise MissingComponent(f"{command[0]} is not installed.", f"Install the package {package}.") from None
    except subprocess.TimeoutExpired:
        raise StorageError(
            f"{command[0]} has not ended within {patience_s:.0f} s.", "Check that the disk answers: dmesg."
        ) from None
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace").strip())


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
