"""The client's end of a control socket. Safe to use from several threads: each request has its own connection."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from firmware.adapters.control.event_feed import Event
from firmware.adapters.control.peer_policy import PeerCredentials, peer_of, who_may_answer
from firmware.adapters.control.socket_address import connect
from firmware.adapters.control.wire_errors import RequestRefused, from_wire
from firmware.core.errors import ServiceAway

Trusts = Callable[[PeerCredentials], bool]

__all__ = ["ControlClient", "Event", "RequestRefused", "path_of"]


def path_of(*parts: str) -> str:
    """``path_of("calls", call_id, "hang-up")`` with every part quoted, whatever is in it."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class ControlClient:
    """Asks one process on its control socket.

    Every method raises ``ServiceAway`` when the process does not answer within ``timeout_s``, the error class that the
    process raised when it refused, or ``RequestRefused`` when the request itself was wrong.
    """

    def __init__(self, socket_path: Path, timeout_s: float = 5.0, trusts: Trusts | None = None) -> None:
        """``trusts``: who may answer; by default who the process behind a socket of this name runs as."""
        self._path = socket_path
        self._timeout_s = timeout_s
        self._trusts = trusts or who_may_answer(_user_behind(socket_path))

    def get(self, path: str, *, token: str = "", query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None, token)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, token: str = "") -> dict[str, Any]:
        return self._ask("POST", path, body or {}, token)

    def events(self, silence_s: float = 30.0) -> Generator[Event, None, None]:
        """Events as they come, until the other side ends the stream. Close the iterator to leave early.

        Raises:
            ServiceAway: nobody listens, or nothing at all was heard for ``silence_s`` (a quiet stream still sends a
                sign of life every 10 s).
        """
        with self._connection(silence_s) as connection:
            connection.request("GET", "/events", headers={"Accept": "text/event-stream"})
            response = connection.getresponse()
            if response.status != 200:
                raise from_wire(response.status, _json(response.read()))
            yield from _parse_events(response)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        raw = None if body is None else json.dumps(body).encode()
        with self._connection(self._timeout_s) as connection:
            connection.request(method, path, raw, headers)
            response = connection.getresponse()
            document = _json(response.read())
        if response.status != 200:
            raise from_wire(response.status, document)
        if not isinstance(document, dict):
            raise ServiceAway(f"The process behind {self._path.name} gave an answer that is not understood.")
        return document

    @contextmanager
    def _connection(self, timeout_s: float) -> Iterator[http.client.HTTPConnection]:
        connection = _UnixConnection(self._path, timeout_s, self._trusts)
        try:
            yield connection
        except (OSError, http.client.HTTPException) as error:
            name = self._path.name.removesuffix(".sock")
            raise ServiceAway(
                f"The {name} process does not answer on {self._path}.", f"Start it with: earmark {name}"
            ) from error
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float, trusts: Trusts) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path
        self._timeout_s = timeout_s
        self._trusts = trusts

    def connect(self) -> None:
        """Raises OSError, and ServiceAway where somebody else listens: they are told nothing."""
        self.sock: socket.socket = connect(self._path, self._timeout_s)
        peer = peer_of(self.sock)
        if not self._trusts(peer):
            self.sock.close()
            raise ServiceAway(
                f"Process {peer.pid}, of user {peer.uid}, listens on {self._path}, which is not its to use.",
                "Look what process that is: somebody may have broken in.",
            )


def _user_behind(path: Path) -> str:
    """The user of whichever process makes a socket of that name, as systemd starts it."""
    process = path.name.removesuffix(".sock").partition("-")[0]
    return "root" if process == "box" else f"earmark-{process}"


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _parse_events(response: http.client.HTTPResponse) -> Iterator[Event]:
    kind, data = "message", ""
    for raw in response:
        line = raw.decode().rstrip("\n")
        if not line:
            if data:
                yield Event(kind, json.loads(data))
            kind, data = "message", ""
        elif line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            data += line[6:]
