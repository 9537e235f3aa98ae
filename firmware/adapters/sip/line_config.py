"""What a SIP line needs to be told, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from firmware.core.party_number import CalledNumberSource

Transport = Literal["udp", "tcp", "tls"]
SrtpUse = Literal["off", "optional", "required"]
Role = Literal["trunk", "office"]


@dataclass(frozen=True)
class PeerAddress:
    """An address, or a network, that a peer sends from; ``port`` 0 is any."""

    network: str
    port: int = 0


@dataclass(frozen=True)
class TlsTrust:
    """Whether a peer must prove its name, and by whose word: a PEM file, None for the system's authorities."""

    verified: bool = True
    ca_file: Path | None = None


@dataclass(frozen=True)
class SipPeer:
    """A trunk, or the office's PBX or phone. ``port`` 0 leaves it to SRV or the transport's default."""

    name: str
    role: Role
    host: str
    port: int = 0
    transport: Transport = "udp"
    addresses: tuple[PeerAddress, ...] = ()
    user: str = ""
    password: str = field(default="", repr=False)
    registers: bool = False
    outbound_proxy: str = ""
    realm: str = "*"
    srtp: SrtpUse = "optional"
    verify_certificate: bool = True
    ca_file: Path | None = None

    @property
    def trust(self) -> TlsTrust | None:
        """What is asked of the peer's certificate; None where it has none to show."""
        return TlsTrust(self.verify_certificate, self.ca_file) if self.transport == "tls" else None

    @property
    def host_port(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host


@dataclass(frozen=True)
class SipLineConfig:
    """One SIP line: where it listens, who its peers are."""

    name: str
    bind_host: str
    bind_port: int
    transports: tuple[Transport, ...]
    office: SipPeer
    trunks: tuple[SipPeer, ...]
    tls_port: int = 5061
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    rtp_first_port: int = 20000
    rtp_last_port: int = 23999
    codecs: tuple[str, ...] = ("PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000")
    nameservers: tuple[str, ...] = ()
    session_timer_s: int = 1800
    public_address: str = ""
    called_number_from: CalledNumberSource = "request-uri"

    @property
    def peers(self) -> tuple[SipPeer, ...]:
        return (self.office, *self.trunks)

    def peer(self, name: str) -> SipPeer:
        return next(peer for peer in self.peers if peer.name == name)
