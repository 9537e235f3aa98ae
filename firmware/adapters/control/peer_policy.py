"""Who is at the other end of a Unix socket, and whether they may ask."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PeerCredentials:
    """SO_PEERCRED (unix(7)): the process that connected, as the kernel knows it."""

    pid: int
    uid: int
    gid: int


def same_user(peer: PeerCredentials) -> bool:
    """The user this process runs as, and root, who could read our memory anyway."""
    return peer.uid in (os.geteuid(), 0)


def these_users(*names: str) -> Callable[[PeerCredentials], bool]:
    """``same_user`` and the named system users, as far as the machine has them (a clone has none of the box's)."""
    allowed = {uid for name in names if (uid := _uid_of(name)) is not None}
    return lambda peer: same_user(peer) or peer.uid in allowed


def _uid_of(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None
