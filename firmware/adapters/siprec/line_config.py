"""What a SIPREC line needs to be told, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.adapters.sip.line_config import PeerAddress, SrtpUse, Transport
from firmware.core.call_record import Direction


@dataclass(frozen=True)
class SiprecLineConfig:
    """One line: where it listens, who may send recordings, and how the office's own numbers are known.

    ``client_ca_file``: over TLS a client must show a certificate that one of these authorities issued.
    ``asks_to_pause``: while a recording is paused, clients are asked to send nothing.
    """

    name: str
    bind_host: str
    bind_port: int
    transports: tuple[Transport, ...]
    clients: tuple[PeerAddress, ...]
    is_office: Callable[[str], bool]
    direction_unless_known: Direction = "inbound"
    tls_port: int = 5081
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    client_ca_file: Path | None = None
    srtp: SrtpUse = "optional"
    rtp_first_port: int = 24000
    rtp_last_port: int = 25999
    codecs: tuple[str, ...] = ("PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000")
    session_timer_s: int = 1800
    public_address: str = ""
    asks_to_pause: bool = False
