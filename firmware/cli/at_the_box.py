"""Who gives a command on the box itself, as far as the machine knows."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from firmware.adapters.control.peer_policy import PeerCredentials

_NOBODY_SIGNED_IN = 2**32 - 1


def who_is_at_the_box() -> str:
    """The user that the command runs as, and who signed in before, where that is somebody else.

    The kernel keeps who signed in through ``sudo`` and ``su`` (proc(5), ``/proc/pid/loginuid``).
    """
    return _told(os.geteuid(), os.getpid())


def who_asked(peer: PeerCredentials) -> str:
    """The same of a command at the other end of a control socket."""
    return _told(peer.uid, peer.pid)


def _told(user: int, process: int) -> str:
    signed_in = _signed_in(process)
    if signed_in in (user, _NOBODY_SIGNED_IN):
        return _name(user)
    return f"{_name(signed_in)} as {_name(user)}"


def _signed_in(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/loginuid").read_text())
    except (OSError, ValueError):
        return _NOBODY_SIGNED_IN


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
