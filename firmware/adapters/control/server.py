"""The server's end of a control socket: one thread accepts, one short-lived thread serves each connection.

Handlers run in those threads: they may read a snapshot or hand work over, and must not block for long. A peer is
known by SO_PEERCRED (unix(7)); nothing it sends is believed before that. Slow and vanished readers cost a thread and a
bounded queue until their write times out, and nobody else anything.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import socket
import stat
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, ThreadingMixIn, UnixStreamServer
from typing import Any, Self, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import PeerCredentials, same_user
from firmware.adapters.control.socket_address import bind
from firmware.adapters.control.wire_errors import RequestRefused, status_of, to_wire
from firmware.core.errors import AddressInUse, EarmarkError, StorageError

_LOG = logging.getLogger(__name__)
_LARGEST_BODY = 1 << 20
_MOST_CONNECTIONS = 64
_READ_TIMEOUT_S = 10.0
_WRITE_TIMEOUT_S = 5.0
_KEEP_ALIVE_S = 10.0


@dataclass(frozen=True)
class Request:
    """What a handler is given. ``parameters`` are the ``{names}`` of its route, ``body`` is the JSON sent or None."""

    method: str
    path: str
    peer: PeerCredentials
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    token: str = field(default="", repr=False)

    def text(self, name: str, longest: int = 1000) -> str:
        """A text that the body must have.

        Raises:
            RequestRefused: it has not.
        """
        value = self.body.get(name) if isinstance(self.body, dict) else None
        if not isinstance(value, str) or len(value) > longest:
            raise RequestRefused(f"The request needs {name!r} as a text of at most {longest} characters.")
        return value


Handler = Callable[[Request], Mapping[str, Any]]


@dataclass(frozen=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler

    @classmethod
    def parse(cls, route: str, handler: Handler) -> Self:
        method, _, path = route.partition(" ")
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        return cls(method, re.compile(pattern), handler)


class ControlServer:
    """Serves ``routes`` on a Unix socket until ``stop``. Use as a context manager, or ``start`` and ``stop``.

    Args:
        socket_path: where; its folder must exist. A socket left by a dead process is replaced.
        routes: ``"GET /calls"`` or ``"POST /calls/{call_id}/hang-up"`` → handler. A handler returns JSON values, or
            raises one of the error family.
        feed: served as ``text/event-stream`` at ``GET /events``.
        allow: may this peer ask anything at all?
        mode: of the socket file.

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
        mode: int = 0o600,
    ) -> None:
        self._path = socket_path
        self._routes = [_Route.parse(route, handler) for route, handler in routes.items()]
        self._feed = feed
        self._allow = allow
        self._mode = mode
        self._lock_fd = -1
        self._server: _UnixServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        try:
            self._claim()
            self._server = _UnixServer(self._path, self._mode, self)
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

    def admits(self, peer: PeerCredentials) -> bool:
        return self._allow(peer)

    @property
    def feed(self) -> EventFeed | None:
        return self._feed

    def route(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler of a path and the path's parameters.

        Raises:
            RequestRefused: there is none (404), or not for this method (405).
        """
        elsewhere = False
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match is None:
                continue
            if route.method == method:
                return route.handler, {name: unquote(value) for name, value in match.groupdict().items()}
            elsewhere = True
        if elsewhere:
            raise RequestRefused(f"{path} does not take {method}.", status=405)
        raise RequestRefused(f"This control socket has no {path}.", status=404)


class _UnixServer(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, path: Path, mode: int, control: ControlServer) -> None:
        self._path = path
        self._mode = mode
        self.control = control
        self._room = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__(str(path), _Connection)

    def server_bind(self) -> None:
        bind(self.socket, self._path, self._mode)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if self._room.acquire(blocking=False):
            return True
        _LOG.warning("%s: more than %d connections at once; one turned away", self._path.name, _MOST_CONNECTIONS)
        return False

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        _LOG.debug("%s: a connection ended", self._path.name, exc_info=True)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _READ_TIMEOUT_S
    path = ""  # until a request line was understood; the log asks for it before that

    def __init__(self, request: socket.socket, client_address: Any, server: BaseServer) -> None:
        self._control = cast(_UnixServer, server).control
        credentials = request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self._peer = PeerCredentials(*struct.unpack("3i", credentials))
        super().__init__(request, client_address, server)

    def address_string(self) -> str:
        return f"process {self._peer.pid}"

    def log_message(self, format: str, *args: Any) -> None:
        _LOG.debug("process %d asked %s %s", self._peer.pid, self.command, urlsplit(self.path).path)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        feed = self._control.feed
        if (self.command, self.path) == ("GET", "/events") and feed is not None and self._control.admits(self._peer):
            self._stream(feed)
            return
        try:
            body = self._body()
        except RequestRefused as error:
            self._send(error.status, to_wire(error))
        else:
            self._send(*self._handle(body))

    def _handle(self, body: Any) -> tuple[int, Mapping[str, Any]]:
        target = urlsplit(self.path)
        try:
            if not self._control.admits(self._peer):
                raise RequestRefused("This user may not use the control socket.", status=403)
            handler, parameters = self._control.route(self.command, target.path)
            query = dict(parse_qsl(target.query))
            return 200, handler(Request(self.command, target.path, self._peer, parameters, query, body, self._token()))
        except EarmarkError as error:
            return status_of(error), to_wire(error)
        except Exception:  # noqa: BLE001 - a worker's root: one broken handler must not take the process along
            _LOG.exception("%s %s failed", self.command, target.path)
            return 500, to_wire(EarmarkError("The request failed inside the box.", "Look at the log."))

    def _token(self) -> str:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _body(self) -> Any:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise RequestRefused("The request's length is not given.", status=411)
        if int(length) > _LARGEST_BODY:
            self.close_connection = True
            raise RequestRefused(f"The request is larger than {_LARGEST_BODY} bytes.", status=413)
        raw = self.rfile.read(int(length))
        if not raw:
            return None
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise RequestRefused("The request is not JSON.") from None

    def _send(self, status: int, document: Mapping[str, Any]) -> None:
        raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self.connection.settimeout(_WRITE_TIMEOUT_S)
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(raw)
        self.connection.settimeout(_READ_TIMEOUT_S)

    def _stream(self, feed: EventFeed) -> None:
        """Server-sent events (WHATWG HTML 9.2) until the reader goes, falls behind, or the server stops."""
        self.close_connection = True
        self.connection.settimeout(_WRITE_TIMEOUT_S)
        subscription = feed.subscribe()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            while True:
                try:
                    event = subscription.take(_KEEP_ALIVE_S)
                except EOFError:
                    return
                if event is None:
                    self.wfile.write(b": still here\n\n")
                else:
                    text = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
                    self.wfile.write(f"event: {event.kind}\ndata: {text}\n\n".encode())
        finally:
            feed.unsubscribe(subscription)
