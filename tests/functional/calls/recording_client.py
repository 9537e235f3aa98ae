"""A session recording client driven by hand (RFC 7866), and the lines process that hears it.

It says exactly what a test wants: how many streams, with which labels, what metadata, in whose dialect. Its media are
``RtpPhone``s, one for each stream.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from firmware.config.settings_model import Settings
from firmware.core.lines_instance import LinesInstance
from tests.functional.calls.lines_alone import LinesAlone
from tests.functional.calls.sip_phone import Dialog, Message, SipPhone, Transport
from tests.functional.instruments.rtp import RtpPhone

BOUNDARY = "a-boundary-of-this-client"
_NAMESPACE = "urn:ietf:params:xml:ns:recording:1"


@dataclass
class SiprecAlone(LinesAlone):
    """``earmark lines --only siprec`` with one line. The numbers of the office begin with 2."""

    siprec: Mapping[str, Any] = field(default_factory=dict)
    only: LinesInstance = "siprec"

    def settings(self) -> Settings:
        siprec = {
            "bind": f"127.0.0.1:{self.ports.box}",
            "tls_port": self.ports.base + 1,
            "clients": ["127.0.0.1"],
            "rtp_ports": self.ports.box_media,
            "office_numbers": ["2*"],
            **self.siprec,
        }
        line = {"name": "copied", "kind": "siprec", **self.line, "siprec": siprec}
        return Settings.model_validate({"lines": (line,), **self.sections}, strict=False)

    def client(self, transport: Transport = "udp", port: int = 0, **more: Any) -> RecordingClient:
        return RecordingClient(self.box, port, transport, **more)


class RecordingClient(SipPhone):
    """The signalling of one client."""

    #: What its Contact says besides the address.
    tag = ";+sip.src"
    #: What it says instead of its own port: one where nobody answers stands behind a firewall.
    contact_port = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._sessions: list[Dialog] = []

    @property
    def contact(self) -> str:
        port = self.contact_port or self.port
        return f"<sip:client@{self.host}:{port};transport={self.transport}>{self.tag}"

    def record(
        self, sdp: str, metadata: str = "", *, call_id: str = "", requires: str = "siprec", whole: str = ""
    ) -> Dialog:
        """Begin a recording session; ``whole`` is a body of the test's own."""
        target = f"sip:recorder@{self.box[0]}:{self.box[1]}"
        dialog = Dialog(
            self,
            call_id or uuid.uuid4().hex,
            f"<sip:client@{self.host}>;tag={uuid.uuid4().hex[:8]}",
            f"<{target}>",
            target,
            branch=new_branch(),
        )
        self._sessions.append(dialog)
        headers = (("Require", requires),) if requires else ()
        body = whole or multipart(sdp, metadata)
        self.send_request(dialog, "INVITE", body, headers, f"multipart/mixed;boundary={BOUNDARY}")
        return dialog

    def hang_up_all(self) -> None:
        """End every session that a test left behind; to one that is over it makes no difference."""
        for dialog in self._sessions:
            dialog.request("BYE")
        self._sessions.clear()

    def options(self) -> Message:
        """Ask what is supported, as a keep-alive does; gives the answer."""
        target = f"sip:recorder@{self.box[0]}:{self.box[1]}"
        dialog = Dialog(
            self, uuid.uuid4().hex, f"<sip:c@{self.host}>;tag=o", f"<{target}>", target, branch=new_branch()
        )
        self.send_request(dialog, "OPTIONS", "", (), "")
        return dialog.expect(200, method="OPTIONS")


def new_branch() -> str:
    return f"z9hG4bK{uuid.uuid4().hex[:12]}"


def update(dialog: Dialog, sdp: str = "", metadata: str = "", method: str = "INVITE") -> Message:
    """Say something new within the session; gives the answer, acknowledged."""
    dialog.request(method, multipart(sdp, metadata), content=f"multipart/mixed;boundary={BOUNDARY}")
    if method == "INVITE":
        return dialog.answered()
    return dialog.expect(200, method=method)


def multipart(sdp: str = "", metadata: str = "", kind: str = "application/rs-metadata+xml") -> str:
    """A body of what there is (RFC 7866 section 10.3)."""
    parts = []
    if sdp:
        parts.append(f"Content-Type: application/sdp\r\n\r\n{sdp}")
    if metadata:
        parts.append(f"Content-Type: {kind}\r\nContent-Disposition: recording-session\r\n\r\n{metadata}\r\n")
    return "".join(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{BOUNDARY}--\r\n"


def streams_offer(
    ports: Sequence[int],
    labels: Sequence[str] | None = None,
    direction: str | Sequence[str] = "sendonly",
    version: int = 1,
    extra: str = "",
) -> str:
    """An offer of one stream for each port."""
    labels = [str(place + 1) for place in range(len(ports))] if labels is None else labels
    directions = [direction] * len(ports) if isinstance(direction, str) else direction
    lines = ["v=0", f"o=client 1 {version} IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
    for place, port in enumerate(ports):
        lines += [f"m=audio {port} RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000"]
        lines += ["a=rtpmap:101 telephone-event/8000", "a=ptime:20", f"a={directions[place]}"]
        lines += [f"a=label:{labels[place]}"] if place < len(labels) and labels[place] else []
        lines += [extra] if extra else []
    return "\r\n".join(lines) + "\r\n"


@dataclass(frozen=True)
class Speaker:
    """Somebody in the call, and the labels of the streams that carry their voice."""

    aor: str
    labels: Sequence[str] = ()
    name: str = ""
    left: bool = False

    @property
    def identity(self) -> str:
        return uuid.uuid5(uuid.NAMESPACE_URL, self.aor).hex


def metadata_xml(
    *speakers: Speaker, session: str = "4f3c1e1c8f1b4c0e9d61", group: str = "", mode: str = "complete", extra: str = ""
) -> str:
    """Metadata as RFC 7865 has it."""
    labels = dict.fromkeys(label for speaker in speakers for label in speaker.labels)
    parts = [f"<datamode>{mode}</datamode>"]
    if group:
        parts.append(f'<group group_id="{group}"><associate-time>2026-01-05T09:00:00Z</associate-time></group>')
    reference = f"<group-ref>{group}</group-ref>" if group else ""
    parts.append(f'<session session_id="{session}">{reference}<start-time>2026-01-05T09:00:00Z</start-time></session>')
    for speaker in speakers:
        name = f"<name xml:lang='en'>{speaker.name}</name>" if speaker.name else ""
        who = f'<nameID aor="{speaker.aor}">{name}</nameID>'
        parts.append(f'<participant participant_id="{speaker.identity}">{who}</participant>')
    parts += [
        f'<stream stream_id="s-{label}" session_id="{session}"><label>{label}</label></stream>' for label in labels
    ]
    for speaker in speakers:
        left = "<disassociate-time>2026-01-05T09:05:00Z</disassociate-time>" if speaker.left else ""
        sends = "".join(f"<send>s-{label}</send>" for label in speaker.labels)
        hears = "".join(f"<recv>s-{label}</recv>" for label in labels if label not in speaker.labels)
        parts.append(
            f'<participantsessionassoc participant_id="{speaker.identity}" session_id="{session}">'
            f"<associate-time>2026-01-05T09:00:00Z</associate-time>{left}</participantsessionassoc>"
            f'<participantstreamassoc participant_id="{speaker.identity}">{sends}{hears}</participantstreamassoc>'
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<recording xmlns="{_NAMESPACE}">{"".join(parts)}{extra}</recording>'
    )


class Voices:
    """The media of one session: a phone for each stream. Use as a context manager."""

    def __init__(self, count: int = 2) -> None:
        self.phones = [RtpPhone() for _ in range(count)]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for phone in self.phones:
            self._stack.enter_context(phone)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def ports(self) -> list[int]:
        return [phone.port for phone in self.phones]

    def send_to(self, answer: Message) -> None:
        """Begin to send where an answer says."""
        for phone, port in zip(self.phones, media_ports(answer), strict=False):
            phone.peer = ("127.0.0.1", port)


def media_ports(answer: Message) -> list[int]:
    """The port of every stream of sound in an answer, in order."""
    return [int(line.split()[1]) for line in answer.body.splitlines() if line.startswith("m=audio")]
