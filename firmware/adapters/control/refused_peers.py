"""Tells the log of peers that may not ask what they asked: at once, then once a minute for each user."""

from __future__ import annotations

import logging
import pwd
import threading
import time
from collections.abc import Callable

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.core.once_a_minute import OnceAMinute

_LOG = logging.getLogger(__name__)
_OTHERS = "other users"


class RefusedPeers:
    """Any thread.

    Args:
        socket_name: of the control socket, as it is named in the log.
        monotonic_s: a clock, in seconds.
    """

    def __init__(self, socket_name: str, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._socket_name = socket_name
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._users = OnceAMinute(self._tell, _OTHERS)

    def note(self, peer: PeerCredentials) -> None:
        """This peer was refused just now."""
        with self._lock:
            now_s = self._monotonic_s()
            self._users.flush(now_s)
            self._users.note(_user(peer.uid), now_s)

    def _tell(self, user: str, times: int) -> None:
        how_often = "" if times == 1 else f", {times} times in the last minute"
        _LOG.warning("%s: %s asked for what it may not and was refused%s", self._socket_name, user, how_often)


def _user(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user number {uid}"
