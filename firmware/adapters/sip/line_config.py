"""What a SIP line needs to be told, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from firmware.adapters.sip.phones.digest import Algorithm
from firmware.adapters.sip.phones.phone import Phone
from firmware.core.party_number import CalledNumberSource
from firmware.native.registrar import Transport as Transport

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
    """A trunk, or the office's PBX or phone. ``port`` 0 leaves it to SRV or the transport's default.

    ``registered_phones``: it stands for all phones that register by its transport, and is nowhere by itself.
    """

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
    registered_phones: bool = False

    @property
    def trust(self) -> TlsTrust | None:
        """What is asked of the peer's certificate; None where it has none to show: phones know a password instead."""
        if self.transport != "tls" or self.registered_phones:
            return None
        return TlsTrust(self.verify_certificate, self.ca_file)

    @property
    def host_port(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host


@dataclass(frozen=True)
class RegistrarConfig:
    """How phones of a line register: from which networks, for how long, by which digests; how many calls each makes."""

    networks: tuple[str, ...] = ()
    least_s: int = 60
    most_s: int = 600
    digests: tuple[Algorithm, ...] = ("MD5",)
    calls_at_once: int = 4


@dataclass(frozen=True)
class SipLineConfig:
    """One SIP line: where it listens, who its peers are; ``outside_prefix`` may stand before an emergency number."""

    name: str
    bind_host: str
    bind_port: int
    transports: tuple[Transport, ...]
    office: SipPeer | None
    trunks: tuple[SipPeer, ...]
    phones: tuple[Phone, ...] = ()
    registrar: RegistrarConfig = RegistrarConfig()
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
    outside_prefix: str = ""

    @property
    def peers(self) -> tuple[SipPeer, ...]:
        return (*((self.office,) if self.office else ()), *self.trunks, *self._phone_peers)

    @property
    def _phone_peers(self) -> tuple[SipPeer, ...]:
        if not self.phones:
            return ()
        return tuple(
            SipPeer(phones_by(transport), "office", "", transport=transport, registered_phones=True)
            for transport in self.transports
        )

    def peer(self, name: str) -> SipPeer:
        return next(peer for peer in self.peers if peer.name == name)


def phones_by(transport: Transport) -> str:
    """The peer that stands for the phones that register by that transport."""
    return f"phones by {transport}"
