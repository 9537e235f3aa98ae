"""The web server: cheroot, with the box's own certificate.

Plain HTTP is served on loopback only, where nobody can listen in: anywhere else a pass phrase would cross the office's
network in the clear.
"""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server
from flask import Flask

from firmware.core.errors import AddressInUse, EarmarkError, SettingsError
from firmware.core.system_update import LARGEST_BYTES
from webui.application import close_app
from webui.fair_share import FairShare
from webui.pulse import Pulse
from webui.sent_files import BESIDE_THE_FILE
from webui.served_certificate import Pair, ServedCertificate

log = logging.getLogger("web.server")

#: Worker threads. Each open page with calls in progress and each desk's page holds one: see ``MOST_PAGES`` and
#: ``MOST_DESKS`` in ``live_calls.call_feed``. The rest are for everybody's requests.
THREADS = 72
#: Of them at once for one machine of the network: one that connects and says nothing leaves the rest to the others.
THREADS_OF_ONE_ADDRESS = 24
#: Connections that wait for a thread, and those that have one.
MOST_WAITING = 2000
MAX_HEADER_BYTES = 16 * 1024
#: Of whatever is sent; all but files are held to much less (see ``sent_files``).
MAX_BODY_BYTES = LARGEST_BYTES + BESIDE_THE_FILE
#: So much that nobody wanted is read for the sake of the connection.
_READ_IN_VAIN_BYTES = 1 << 20


class _Request(HTTPRequest):
    def send_headers(self) -> None:
        """cheroot takes the rest of a body that nobody has read into memory, so that the connection may go on."""
        if getattr(self.rfile, "remaining", 0) > _READ_IN_VAIN_BYTES:
            self.close_connection = True
        super().send_headers()


class _Connection(HTTPConnection):
    """Gives back its share once it was served, so far."""

    RequestHandlerClass = _Request

    def communicate(self) -> bool:
        serve: Callable[[], bool] = super().communicate
        self.server.pulse.felt()
        try:
            return serve()
        finally:
            self.server.share.give_back(self.remote_addr)


class _Server(Server):
    ConnectionClass = _Connection

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.share = FairShare(THREADS_OF_ONE_ADDRESS, MOST_WAITING)
        self.pulse = Pulse()

    def process_conn(self, conn: HTTPConnection) -> None:
        if self.share.take(conn.remote_addr):
            super().process_conn(conn)
        else:
            self.pulse.felt()
            log.debug("one machine has %d threads of the page; a connection of it was closed", THREADS_OF_ONE_ADDRESS)
            conn.close()

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()  # cheroot would leave it open
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """cheroot's own complaints. They may quote what a client sent, so only a fault's kind is worth a warning.

        Whoever leaves while the answer is on its way, as a browser does that jumps in a recording, is no fault.
        """
        left = isinstance(sys.exception(), ConnectionError | ssl.SSLEOFError)
        if traceback and not left:
            log.warning("a request failed in the web server", exc_info=True)
        else:
            log.debug("%s", msg.partition("\n")[0])


class _LateHandshake(BuiltinSSLAdapter):
    """TLS whose handshake happens in the worker thread that reads the request, by the certificate of that moment.

    cheroot's own adapter shakes hands in the one thread that accepts: a client that connects and says nothing would
    keep everybody else waiting.
    """

    def __init__(self, served: ServedCertificate, certificate: Path, key: Path) -> None:
        super().__init__(str(certificate), str(key))
        self._served = served

    def wrap(self, sock: Any) -> tuple[ssl.SSLSocket, dict[str, str]]:
        context = self._served.context
        wrapped: ssl.SSLSocket = context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class WebServer:
    """One listening server. ``start`` returns when connections are accepted; ``stop`` may be called from any thread."""

    def __init__(self, app: Flask, bind: str, pair: Pair | None = None) -> None:
        """
        Args:
            bind: ``address:port``; port 0 takes a free one.
            pair: gives the PEM files of certificate and key, for each connection anew; None serves plain HTTP.

        Raises:
            SettingsError: the address is not one, or plain HTTP was asked for on an address others can reach.
            OfficeIncomplete: the certificate or its key cannot be read.
        """
        self._app = app
        self._bind = bind
        host, port = parse_bind(bind)
        if pair is None and not is_loopback(host):
            raise SettingsError(
                f"The page cannot be served without TLS on {bind}: pass phrases would cross the network in the clear.",
                "Set tls = true under [web], or bind to 127.0.0.1.",
            )
        self._server = _Server(
            (host, port), app, numthreads=THREADS, server_name="Earmark", timeout=20, shutdown_timeout=3
        )
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.max_request_body_size = MAX_BODY_BYTES
        if pair is not None:
            self._server.ssl_adapter = _LateHandshake(ServedCertificate(pair), *pair())
        self._thread = threading.Thread(target=self._serve, name="web-server", daemon=True)
        self._ended = threading.Event()
        self._failure: Exception | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return int(self._server.socket.getsockname()[1])

    def start(self) -> None:
        """Bind and begin to serve.

        Raises:
            AddressInUse: another program listens there.
            SettingsError: this machine has no such address, or may not use that port.
        """
        try:
            self._server.prepare()
        except OSError as error:
            raise _cannot_listen(self._bind, error) from error
        self._thread.start()

    def wait(self, stop: threading.Event, alive: Callable[[], None] = lambda: None) -> None:
        """Block until ``stop`` is set, then end. Raises what ended the server, if it ended by itself.

        Args:
            alive: called twice a second while connections are taken up.
        """
        while not stop.wait(0.5):
            if self._ended.is_set():
                break
            if self._server.pulse.beat(self._own_address()):
                alive()
        self.stop()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Let go of pages that wait for news, finish what is being answered, and close."""
        close_app(self._app)
        self._server.stop()
        self._thread.join(timeout=5)

    def _own_address(self) -> tuple[str, int]:
        """Where this machine itself reaches the page."""
        host, port = self._server.socket.getsockname()[:2]
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104

    def _serve(self) -> None:
        try:
            self._server.serve()
        except Exception as error:  # noqa: BLE001 - the worker's root: the main thread raises it again
            self._failure = error
        finally:
            self._ended.set()


def serve(
    app: Flask,
    bind: str,
    pair: Pair | None = None,
    ready: Callable[[int], None] | None = None,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT. Call it from the main thread.

    Args:
        ready: called with the port once connections are accepted.
        alive: called twice a second while they are taken up.

    Raises:
        AddressInUse, SettingsError, OfficeIncomplete: as :class:`WebServer`.
    """
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    server = WebServer(app, bind, pair)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    server.start()
    log.info(
        "serving the page on %s port %d%s",
        bind.rpartition(":")[0],
        server.port,
        "" if pair is None else " by TLS",
    )
    if ready is not None:
        ready(server.port)
    server.wait(stop, alive)


def parse_bind(bind: str) -> tuple[str, int]:
    """``address:port`` or ``[address]:port`` as a pair."""
    host, colon, port = bind.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f"{bind!r} is not an address and port.", "Write it as 0.0.0.0:8443 or [::]:8443.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _cannot_listen(bind: str, error: OSError) -> EarmarkError:
    text = str(error)
    if "Errno 98" in text or "already in use" in text:
        return AddressInUse(f"Another program already listens on {bind}.", "End it, or change bind under [web].")
    return SettingsError(
        f"The page cannot be served on {bind}: {error}.", "Change bind under [web] to an address of this machine."
    )
