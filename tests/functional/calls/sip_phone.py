"""A SIP endpoint driven by hand, for tests that must say exactly what goes over the wire (RFC 3261).

It really signals over UDP, TCP or TLS; it retransmits nothing and hides the other side's retransmissions. Media is an
``RtpPhone``'s. One thread: the test's.
"""

from __future__ import annotations

import itertools
import re
import selectors
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

Transport = Literal["udp", "tcp", "tls"]
Headers = Sequence[tuple[str, str]]
_LENGTH = re.compile(rb"^Content-Length\s*:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_NUMBERS = itertools.count(1)
_PATIENCE_S = 12.0
#: The payload type that these phones give Opus, which has none of its own.
OPUS = 107
_NAMES = {"8": "PCMA/8000", "0": "PCMU/8000", "9": "G722/8000", str(OPUS): "opus/48000/2"}


class Unexpected(AssertionError):
    """Something else came than the test waits for."""


@dataclass(frozen=True)
class Message:
    """One SIP message; header names in lower case and in full."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":")[::2] for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, value in pairs), body)

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self.get("cseq").split()[-1]

    @property
    def is_request(self) -> bool:
        return self.status == 0

    @property
    def media_port(self) -> int:
        found = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return int(found[1]) if found else 0

    @property
    def event_payload_type(self) -> int:
        """The payload type that the description gives telephone-event at 8 kHz."""
        found = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", self.body, re.MULTILINE)
        return int(found[1]) if found else 0

    @property
    def opus_payload_type(self) -> int:
        found = re.search(r"^a=rtpmap:(\d+) opus/48000/2", self.body, re.MULTILINE | re.IGNORECASE)
        return int(found[1]) if found else 0

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The same for a retransmission, different for anything else."""
        return self.start, self.get("via"), self.get("cseq"), self.get("to")


def offer(port: int, *, codecs: str = "8 0 101", direction: str = "sendrecv", version: int = 1, extra: str = "") -> str:
    """A session description: G.711 and telephone-event unless ``codecs`` says otherwise."""
    lines = [
        "v=0",
        f"o=phone 1 {version} IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        f"m=audio {port} RTP/AVP {codecs}",
        *(f"a=rtpmap:{codec} {_NAMES.get(codec, 'telephone-event/8000')}" for codec in codecs.split()),
        "a=ptime:20",
        f"a={direction}",
    ]
    return "\r\n".join(lines) + "\r\n" + extra


@dataclass
class Dialog:
    """One dialog as this side knows it."""

    phone: SipPhone
    call_id: str
    local: str
    remote: str
    target: str
    cseq: int = 1
    invite: Message | None = None
    branch: str = ""
    routes: list[str] = field(default_factory=list)

    def request(self, method: str, body: str = "", headers: Headers = (), content: str = "application/sdp") -> None:
        """Send a request in the dialog."""
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        if method != "CANCEL":
            self.branch = _branch()
        self.phone.send_request(self, method, body, headers, content)

    def expect(self, *statuses: int, method: str = "", timeout_s: float = _PATIENCE_S) -> Message:
        """The next response to one of our requests with one of these statuses; 100s are passed over."""
        message = self.phone.take(
            lambda one: (
                not one.is_request
                and one.get("call-id") == self.call_id
                and one.status != 100
                and (not method or one.method == method)
            ),
            f"a response {statuses} to {method or 'a request'}",
            timeout_s,
        )
        if message.status not in statuses:
            raise Unexpected(f"{statuses} was expected, {message.start} came")
        self._learn(message)
        return message

    def answered(self, timeout_s: float = _PATIENCE_S) -> Message:
        """Wait for 200 to the INVITE, whatever rings before, and acknowledge it."""
        return self.acknowledge(self._final(timeout_s))

    def _final(self, timeout_s: float) -> Message:
        until = time.monotonic() + timeout_s
        while (message := self.expect(*range(101, 700), timeout_s=until - time.monotonic())).status < 200:
            pass
        return message

    def failed(self, timeout_s: float = _PATIENCE_S) -> int:
        """Wait for the final status of a failed INVITE, and acknowledge it as the transaction does."""
        message = self._final(timeout_s)
        if message.status < 300:
            raise Unexpected(f"a failure was expected, {message.start} came")
        self.phone.send_request(self, "ACK", "", (), "")
        return message.status

    def acknowledge(self, message: Message) -> Message:
        if message.status != 200:
            raise Unexpected(f"200 was expected, {message.start} came")
        self.request("ACK")
        return message

    def reply(self, request: Message, status: int, body: str = "", headers: Headers = ()) -> None:
        self.phone.reply(request, status, body, headers)

    def expect_request(self, method: str, timeout_s: float = _PATIENCE_S) -> Message:
        return self.phone.expect_request(method, self.call_id, timeout_s)

    def hang_up(self) -> None:
        self.request("BYE")
        self.expect(200, method="BYE")

    def expect_bye(self, timeout_s: float = _PATIENCE_S) -> Message:
        bye = self.expect_request("BYE", timeout_s)
        self.reply(bye, 200)
        return bye

    def _learn(self, message: Message) -> None:
        if message.status > 100 and message.method in ("INVITE", "UPDATE"):
            self.remote = message.get("to")
            if contact := re.search(r"<([^>]+)>", message.get("contact")):
                self.target = contact[1]


class SipPhone:
    """One endpoint: a socket of its own, requests out, responses back, requests in.

    Args:
        box: where requests go.
        port: its own port; 0 is any.
    """

    def __init__(
        self,
        box: tuple[str, int],
        port: int = 0,
        transport: Transport = "udp",
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.box = box
        self.host = host
        self.transport = transport
        self._tls = tls
        self._seen: set[tuple[str, str, str, str]] = set()
        self._inbox: list[Message] = []
        self.keep_alives = 0
        self._tags: dict[str, str] = {}
        self._selector = selectors.DefaultSelector()
        self._streams: dict[socket.socket, bytes] = {}
        self._out: socket.socket | None = None
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        if transport != "udp":
            self._socket.listen()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self.port = int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for stream in (*self._streams, self._socket):
            stream.close()

    # -- calling ------------------------------------------------------------------------------------------------------

    def invite(
        self,
        number: str,
        body: str,
        *,
        calling: str = '"A. Caller" <sip:01632960123@127.0.0.1>',
        headers: Headers = (),
        to: str = "",
    ) -> Dialog:
        """Begin a call."""
        target = f"sip:{number}@{self.box[0]}:{self.box[1]}"
        dialog = Dialog(
            self,
            uuid.uuid4().hex,
            f"{calling};tag={uuid.uuid4().hex[:8]}",
            to or f"<{target}>",
            target,
            branch=_branch(),
        )
        self.send_request(dialog, "INVITE", body, headers, "application/sdp")
        return dialog

    def send_request(
        self, dialog: Dialog, method: str, body: str, headers: Headers, content: str, contact: str = ""
    ) -> None:
        lines = [
            f"{method} {dialog.target} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.host}:{self.port};branch={dialog.branch};rport",
            f"From: {dialog.local}",
            f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {dialog.cseq} {method}",
            f"Contact: {contact or self.contact}",
            "Max-Forwards: 70",
            *(f"Route: {route}" for route in dialog.routes),
            *(f"{name}: {value}" for name, value in headers),
        ]
        self.send(_assembled(lines, body, content))

    @property
    def contact(self) -> str:
        return f"<sip:phone@{self.host}:{self.port};transport={self.transport}>"

    # -- being called -------------------------------------------------------------------------------------------------

    def expect_call(self, timeout_s: float = _PATIENCE_S) -> Dialog:
        """Wait for an INVITE that begins a call."""
        invite = self.expect_request("INVITE", "", timeout_s)
        contact = re.search(r"<([^>]+)>", invite.get("contact"))
        local = f"{invite.get('to')};tag={uuid.uuid4().hex[:8]}"
        target = contact[1] if contact else ""
        dialog = Dialog(self, invite.get("call-id"), local, invite.get("from"), target, cseq=0, invite=invite)
        dialog.routes = invite.all("record-route")
        self._tags[dialog.call_id] = local
        return dialog

    def reply(self, request: Message, status: int, body: str = "", headers: Headers = ()) -> None:
        to = request.get("to")
        if "tag=" not in to and status != 100:
            to = self._tags.get(request.get("call-id"), f"{to};tag=x")
        lines = [
            f"SIP/2.0 {status} Said",
            *(f"Via: {via}" for via in request.all("via")),
            *(f"Record-Route: {route}" for route in request.all("record-route")),
            f"From: {request.get('from')}",
            f"To: {to}",
            f"Call-ID: {request.get('call-id')}",
            f"CSeq: {request.get('cseq')}",
            f"Contact: {self.contact}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        self.send(_assembled(lines, body, "application/sdp"))

    def expect_request(self, method: str, call_id: str = "", timeout_s: float = _PATIENCE_S) -> Message:
        return self.take(
            lambda one: one.is_request and one.method == method and (not call_id or one.get("call-id") == call_id),
            f"a {method}",
            timeout_s,
        )

    # -- the wire -----------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        if self.transport == "udp":
            self._socket.sendto(data, self.box)
            return
        if self._out is None:
            stream = next(iter(self._streams), None)
            self._out = stream or self._connect()
        self._out.sendall(data)

    def take(self, wanted: Callable[[Message], bool], what: str, timeout_s: float) -> Message:
        """The first message not yet taken that ``wanted`` accepts."""
        until = time.monotonic() + timeout_s
        while True:
            for place, message in enumerate(self._inbox):
                if wanted(message):
                    return self._inbox.pop(place)
            if (left_s := until - time.monotonic()) <= 0:
                waiting = [one.start for one in self._inbox]
                raise Unexpected(f"{what} did not come to port {self.port} in {timeout_s:.1f} s; there is {waiting}")
            self._receive(left_s)

    def nothing_comes(self, method: str, for_s: float) -> bool:
        """Whether no such request comes in that time."""
        try:
            self.expect_request(method, timeout_s=for_s)
        except Unexpected:
            return True
        return False

    def has_come(self, within_s: float) -> bool:
        """Whether anything has come that nobody took, or comes in that time."""
        if not self._inbox:
            self._receive(within_s)
        return bool(self._inbox)

    def forget(self) -> None:
        """Drop what came and nobody took."""
        while self._selector.select(0):
            self._receive(0)
        self._inbox.clear()

    def _receive(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if self.transport == "udp":
                self._note(ready.recv(65535))
            elif ready is self._socket:
                self._accept()
            else:
                self._read(ready)

    def _connect(self) -> socket.socket:
        stream = socket.create_connection(self.box)
        if self._tls is not None:
            stream = self._tls.wrap_socket(stream, server_hostname="localhost")
        self._streams[stream] = b""
        self._selector.register(stream, selectors.EVENT_READ)
        return stream

    def _accept(self) -> None:
        stream, _ = self._socket.accept()
        if self._tls is not None:
            stream = self._tls.wrap_socket(stream, server_side=True)
        self._streams[stream] = b""
        self._selector.register(stream, selectors.EVENT_READ)
        self._out = self._out or stream

    def _read(self, stream: socket.socket) -> None:
        data = stream.recv(65535)
        while isinstance(stream, ssl.SSLSocket) and stream.pending():
            data += stream.recv(stream.pending())
        if not data:
            self._selector.unregister(stream)
            del self._streams[stream]
            self._out = None if self._out is stream else self._out
            return
        buffer = self._streams[stream] + data
        while b"\r\n\r\n" in buffer.lstrip(b"\r\n"):
            buffer = buffer.lstrip(b"\r\n")
            head, _, rest = buffer.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                break
            self._note(head + b"\r\n\r\n" + rest[:length])
            buffer = rest[length:]
        self._streams[stream] = buffer

    def _note(self, data: bytes) -> None:
        if not data.strip(b"\r\n\0"):
            self.keep_alives += 1
            return
        message = Message.parse(data)
        if message.identity not in self._seen:
            self._seen.add(message.identity)
            self._inbox.append(message)


def _branch() -> str:
    return f"z9hG4bK{next(_NUMBERS)}{uuid.uuid4().hex[:8]}"


def _assembled(lines: list[str], body: str, content: str) -> bytes:
    raw = body.encode()
    if raw:
        lines.append(f"Content-Type: {content}")
    lines.append(f"Content-Length: {len(raw)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + raw
