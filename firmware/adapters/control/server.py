"""The server's end of a control socket: one thread accepts, and ``connections`` serves what it accepted.

Handlers run in the connections' threads: they may read a snapshot or hand work over, and must not block for long.
"""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from firmware.adapters.control.connections import ConnectionServer, Service
from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import PeerCredentials, same_user
from firmware.adapters.control.refused_peers import RefusedPeers
from firmware.adapters.control.routes import Handler, Request, Routes
from firmware.adapters.store.durable_files import make_folders
from firmware.core.errors import AddressInUse, StorageError

__all__ = ["ControlServer", "Handler", "Request"]


class ControlServer:
    """Serves ``routes`` on a Unix socket until ``stop``. Use as a context manager, or ``start`` and ``stop``.

    Args:
        socket_path: where; its folder is made where it can be. A socket left by a dead process is replaced.
        routes: ``"GET /calls"`` or ``"POST /calls/{call_id}/hang-up"`` → handler. A handler returns JSON values, or
            raises one of the error family.
        feed: served as ``text/event-stream`` at ``GET /events``.
        allow: may this peer ask anything at all? Who may not gets 403, and the log is told of it.
        mode: of the socket file. Its folder says who may knock, and the peer's user who is answered.

    Raises (from ``start``):
        AddressInUse: a living process listens there.
        StorageError: the socket cannot be made.
    """

    def __init__(
        self,
        socket_path: Path,
        routes: Mapping[str, Handler],
        *,
        feed: EventFeed | None = None,
        allow: Callable[[PeerCredentials], bool] = same_user,
        mode: int = 0o666,
    ) -> None:
        self._path = socket_path
        self._feed = feed
        self._service = Service(Routes(routes), feed, allow, RefusedPeers(socket_path.name))
        self._mode = mode
        self._lock_fd = -1
        self._server: ConnectionServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        try:
            make_folders(self._path.parent)
            self._claim()
            self._server = ConnectionServer(self._path, self._mode, self._service)
        except OSError as error:
            self._release()
            raise StorageError(
                f"The control socket {self._path} cannot be made: {error.strerror}.",
                "Check that its folder exists and belongs to the user this process runs as.",
            ) from error
        except BaseException:
            self._release()
            raise
        self._thread = threading.Thread(target=self._server.serve_forever, name="control", daemon=True, args=(0.2,))
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, end the event streams, remove the socket. Safe to call twice."""
        if self._feed is not None:
            self._feed.close()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            self._path.unlink(missing_ok=True)
            server.server_close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _claim(self) -> None:
        # The lock lives exactly as long as its process: who holds it may replace any socket left behind.
        lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._lock_fd = lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AddressInUse(
                f"Another process already serves the control socket {self._path}.",
                "Stop it first; each process runs once in one data folder.",
            ) from None
        try:
            kind = self._path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(kind):
            raise StorageError(f"{self._path} is in the way of a control socket.", "Move that file elsewhere.")
        self._path.unlink()

    def _release(self) -> None:
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1
