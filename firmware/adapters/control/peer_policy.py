"""Who is at the other end of a Unix socket, and whether they may ask, or answer.

The folder of the sockets lets the box's own users in, each of whom may make sockets there: so whoever asks looks at who
answers, too. Otherwise a process that was broken into could wait for another to end and be it.
"""

from __future__ import annotations

import os
import pwd
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PeerCredentials:
    """SO_PEERCRED (unix(7)): the process that connected, or that listens, as the kernel knows it."""

    pid: int
    uid: int
    gid: int


def peer_of(connection: socket.socket) -> PeerCredentials:
    """Who is at the other end of a connected Unix socket."""
    form = "3i"
    return PeerCredentials(
        *struct.unpack(form, connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(form)))
    )


def same_user(peer: PeerCredentials) -> bool:
    """The user this process runs as, and root, who could read our memory anyway."""
    return peer.uid in (os.geteuid(), 0)


def these_users(*names: str) -> Callable[[PeerCredentials], bool]:
    """``same_user`` and the named system users, as far as the machine has them (a clone has none of the box's)."""
    allowed = {uid for name in names if (uid := _uid_of(name)) is not None}
    return lambda peer: same_user(peer) or peer.uid in allowed


def who_may_answer(name: str) -> Callable[[PeerCredentials], bool]:
    """``these_users`` of the one that the process is to run as. Where the machine has no such user, anybody: there all
    processes are of whoever started them.
    """
    return these_users(name) if _uid_of(name) is not None else lambda peer: True


def _uid_of(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None
