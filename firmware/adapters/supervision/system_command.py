"""Running one of the system's own tools. Secrets go by standard input, never by an argument or a file."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from firmware.core.errors import MissingComponent, ServiceAway

PATIENCE_S = 300.0
#: Commands must be told in one language, and found where an administrator's are.
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Done:
    """How a command ended, what it printed, and what it said was wrong."""

    code: int
    out: str
    said: str


def run(
    *command: str,
    package: str,
    secret: bytes | bytearray = b"",
    files: tuple[int, ...] = (),
    patience_s: float = PATIENCE_S,
) -> Done:
    """Run one command to its end. ``secret`` is its standard input, ``files`` are descriptors that it gets.

    Raises:
        MissingComponent: it is not installed; ``package`` has it.
        ServiceAway: it did not end.
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
        raise ServiceAway(
            f"{command[0]} has not ended within {patience_s:.0f} s.", "See what the system says: dmesg, journalctl."
        ) from None
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace").strip())
