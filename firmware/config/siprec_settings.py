"""The settings of a line on which a PBX or SBC sends a copy of each call (RFC 7866)."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from firmware.config.line_section import TappedLine
from firmware.config.media_security import CaFile, SrtpUse, Transport
from firmware.config.network_address import BindAddress, OptionalHost, PeerAddress, PortRange
from firmware.config.section import Section
from firmware.core.call_record import Direction
from firmware.core.tap_capabilities import SIPREC, TapCapabilities

_NUMBER = re.compile(r"\+?[0-9 ()./-]{1,40}\*?|[A-Za-z][A-Za-z0-9._-]{0,63}\*?")
_CODEC = re.compile(r"[A-Za-z0-9.-]+/\d{4,5}(/[12])?")


class SiprecSettings(Section):
    bind: BindAddress = "0.0.0.0:5080"
    tls_port: int = Field(default=5081, ge=1, le=65535, description="used where transports has tls")
    transports: tuple[Transport, ...] = Field(default=("udp", "tcp"), min_length=1)
    clients: tuple[PeerAddress, ...] = Field(
        min_length=1, description="where recordings may come from: addresses or networks of the PBX or SBC"
    )
    client_ca_file: CaFile = Field(
        default="",
        description="over TLS: PEM file of who must have issued its certificate; empty: none needed",
    )
    srtp: SrtpUse = "optional"
    rtp_ports: PortRange = "24000-25999"
    codecs: tuple[str, ...] = Field(default=("PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000"), min_length=1)
    session_timer_s: int = Field(default=1800, ge=90, le=86400, description="RFC 4028; 90 s is its least")
    public_address: OptionalHost = Field(default="", description="what to call ourselves behind NAT")
    office_numbers: tuple[str, ...] = Field(
        default=(),
        description='the office\'s own numbers besides [[extensions]]: "201", "2*" for all that begin so, "01632960*"',
    )
    office_pattern: str = Field(
        default="", max_length=200, description="or a regular expression for them, which the whole number must match"
    )
    direction_unless_known: Direction = Field(
        default="inbound", description="of a call none of whose numbers is the office's"
    )
    ask_to_pause: bool = Field(
        default=False, description="while a recording is paused, also ask the client to send nothing (a=inactive)"
    )

    @field_validator("codecs")
    @classmethod
    def _codecs_have_a_rate(cls, codecs: tuple[str, ...]) -> tuple[str, ...]:
        for codec in codecs:
            if not _CODEC.fullmatch(codec):
                raise ValueError(f"{codec!r} is not a codec with its clock rate, such as PCMA/8000")
        return codecs

    @field_validator("office_numbers")
    @classmethod
    def _are_numbers(cls, numbers: tuple[str, ...]) -> tuple[str, ...]:
        for number in numbers:
            if not _NUMBER.fullmatch(number):
                raise ValueError(f"{number!r} is not a number or extension, such as 201, 2* or 01632960*")
        return numbers

    @field_validator("office_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error.msg}") from None
        return pattern

    @model_validator(mode="after")
    def _certificates_need_tls(self) -> Self:
        if self.client_ca_file and self.transports != ("tls",):
            raise ValueError('client_ca_file is of use only where every client comes by TLS: set transports = ["tls"]')
        return self


class SiprecLine(TappedLine):
    """A line whose calls are heard by SIPREC."""

    kind: Literal["siprec"]
    siprec: SiprecSettings

    @property
    def capabilities(self) -> TapCapabilities:
        return SIPREC
