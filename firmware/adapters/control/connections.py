"""The connections of a control socket: each is served by a short-lived thread, one request after the other.

A peer is known by SO_PEERCRED (unix(7)); nothing it sends is believed before that. Slow and vanished readers cost a
thread and a bounded queue until their write times out, and nobody else anything.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, ThreadingMixIn, UnixStreamServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import PeerCredentials, peer_of
from firmware.adapters.control.refused_peers import RefusedPeers
from firmware.adapters.control.routes import Request, Routes
from firmware.adapters.control.socket_address import bind
from firmware.adapters.control.wire_errors import RequestRefused, status_of, to_wire
from firmware.core.errors import EarmarkError

_LOG = logging.getLogger(__name__)
_LARGEST_BODY = 1 << 20
_MOST_CONNECTIONS = 64
_READ_TIMEOUT_S = 10.0
_WRITE_TIMEOUT_S = 5.0
_KEEP_ALIVE_S = 10.0


@dataclass(frozen=True)
class Service:
    """What a control socket offers, and to whom: ``feed`` is its event stream, if it has one; ``refused`` is told of
    peers that asked for what is not theirs.
    """

    routes: Routes
    feed: EventFeed | None
    admits: Callable[[PeerCredentials], bool]
    refused: RefusedPeers


class ConnectionServer(ThreadingMixIn, UnixStreamServer):
    """Accepts connections on a Unix socket, which it makes; a thread each, up to a bound.

    Raises:
        OSError: the socket cannot be made.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, path: Path, mode: int, service: Service) -> None:
        self._path = path
        self._mode = mode
        self.service = service
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
    rbufsize = 0  # a reader's buffer would keep a pass phrase until the connection ends
    path = ""  # until a request line was understood; the log asks for it before that

    def __init__(self, request: socket.socket, client_address: Any, server: BaseServer) -> None:
        self._service = cast(ConnectionServer, server).service
        self._peer = peer_of(request)
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
        feed = self._service.feed
        if (self.command, self.path) == ("GET", "/events") and feed is not None and self._service.admits(self._peer):
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
            if not self._service.admits(self._peer):
                raise RequestRefused("This user may not use the control socket.", status=403)
            handler, parameters = self._service.routes.find(self.command, target.path)
            query = dict(parse_qsl(target.query))
            return 200, handler(Request(self.command, target.path, self._peer, parameters, query, body, self._token()))
        except EarmarkError as error:
            if isinstance(error, RequestRefused) and error.status == 403:
                self._service.refused.note(self._peer)
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
        raw = self._read(int(length))
        if not raw:
            return None
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise RequestRefused("The request is not JSON.") from None
        finally:
            raw[:] = bytes(len(raw))

    def _read(self, length: int) -> bytearray:
        """So many bytes, or fewer if the peer ends before that; they may be a secret, and are in this object alone."""
        content, have = bytearray(length), 0
        while have < length and (read := self.connection.recv_into(memoryview(content)[have:])):
            have += read
        return content[:have] if have < length else content

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
