"""The settings of lines: between which trunks and which office, and how calls are treated on each."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from firmware.config.analogue_settings import AnalogueLine
from firmware.config.line_section import LineSection
from firmware.config.media_security import CaFile, SrtpUse, Transport
from firmware.config.network_address import BindAddress, Host, OptionalHost, PeerAddress, PortRange
from firmware.config.phone_settings import GroupSettings, PhoneSettings, PhonesSettings, phones_must_suit
from firmware.config.reception_settings import (
    MenuSettings,
    NoticeSettings,
    OutsideHoursSettings,
    WarningToneSettings,
)
from firmware.config.secret import Secret
from firmware.config.section import NAME, Section, must_differ
from firmware.config.siprec_settings import SiprecLine


class Trunk(Section):
    """The provider's side of a line: where calls go out to, and from which addresses they may come in."""

    name: str = Field(pattern=NAME)
    host: Host
    transport: Transport = "udp"
    user: str = ""
    password: Secret = SecretStr("")
    registers: bool = Field(default=False, alias="register")
    outbound_proxy: OptionalHost = ""
    addresses: tuple[PeerAddress, ...] = ()
    realm: str = "*"
    srtp: SrtpUse = "optional"
    verify_certificate: bool = Field(default=True, description="over TLS: only a peer that proves its name is used")
    ca_file: CaFile = Field(default="", description="PEM file of who may vouch for it; empty: the system's")

    @model_validator(mode="after")
    def _a_registration_needs_a_user(self) -> Self:
        if self.registers and not self.user:
            raise ValueError("a trunk that registers needs a user")
        return self


class OfficePeer(Section):
    """The office's side of a line: the PBX or phone that inbound calls are put through to."""

    host: Host
    addresses: tuple[PeerAddress, ...] = ()
    transport: Transport = "udp"
    srtp: SrtpUse = "optional"
    verify_certificate: bool = Field(default=True, description="over TLS: only a peer that proves its name is used")
    ca_file: CaFile = Field(default="", description="PEM file of who may vouch for it; empty: the system's")


class SipSettings(Section):
    bind: BindAddress = "0.0.0.0:5060"
    tls_port: int = Field(default=5061, ge=1, le=65535, description="used where transports has tls")
    transports: tuple[Transport, ...] = Field(default=("udp", "tcp"), min_length=1)
    rtp_ports: PortRange = "20000-23999"
    trunks: tuple[Trunk, ...] = Field(min_length=1)
    office: OfficePeer | None = Field(default=None, description="not needed where phones register with the box")
    phones: tuple[PhoneSettings, ...] = Field(default=(), max_length=200)
    groups: tuple[GroupSettings, ...] = ()
    registrar: PhonesSettings = PhonesSettings()
    codecs: tuple[str, ...] = Field(default=("PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000"), min_length=1)
    nameservers: tuple[OptionalHost, ...] = Field(default=(), description="for SRV; empty means the system's")
    session_timer_s: int = Field(default=1800, ge=90, le=86400, description="RFC 4028; 90 s is its least")
    no_answer_s: int = Field(
        default=185, ge=10, le=600, description="how long it may ring; over 180 the network's own limit comes first"
    )
    public_address: OptionalHost = Field(default="", description="what to call ourselves behind NAT")
    called_number_from: Literal["request-uri", "to"] = "request-uri"
    outside_prefix: str = Field(default="9", pattern=r"^[0-9]{0,4}$")

    @field_validator("codecs")
    @classmethod
    def _codecs_have_a_rate(cls, codecs: tuple[str, ...]) -> tuple[str, ...]:
        for codec in codecs:
            if not re.fullmatch(r"[A-Za-z0-9.-]+/\d{4,5}(/[12])?", codec):
                raise ValueError(f"{codec!r} is not a codec with its clock rate, such as PCMA/8000")
        return codecs

    @model_validator(mode="after")
    def _trunk_names_differ(self) -> Self:
        must_differ("trunks", [trunk.name for trunk in self.trunks])
        return self

    @model_validator(mode="after")
    def _somebody_is_called(self) -> Self:
        if self.office is None and not self.phones:
            raise ValueError("a SIP line needs an office (its telephone system), or phones that register with the box")
        phones_must_suit(self.phones, self.groups)
        return self


class GeneratorSettings(Section):
    """How the generator line's made-up calls come: for demonstrations and tests."""

    call_s: float = Field(default=20.0, ge=1, le=7200)
    pause_s: float = Field(default=40.0, ge=0, le=86400)
    simultaneous: int = Field(default=1, ge=1, le=250)


class _Line(LineSection):
    notice: NoticeSettings = NoticeSettings()


class SipLine(_Line):
    kind: Literal["sip"]
    sip: SipSettings
    menu: MenuSettings = MenuSettings()
    outside_hours: OutsideHoursSettings = OutsideHoursSettings()
    warning_tone: WarningToneSettings = WarningToneSettings()

    @model_validator(mode="after")
    def _one_key_means_one_thing(self) -> Self:
        key = self.notice.opt_out.key
        if key and key in self.menu.choices:
            raise ValueError(f"key {key} is both a choice of the menu and the opt-out of the notice")
        return self


class GeneratorLine(_Line):
    kind: Literal["generator"]
    generator: GeneratorSettings = GeneratorSettings()


LineSettings = Annotated[SipLine | GeneratorLine | SiprecLine | AnalogueLine, Field(discriminator="kind")]
