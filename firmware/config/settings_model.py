"""The shape of every setting, with its range and default: one TOML file's worth.

Models are strict (a number in quotation marks is a mistake, not a number), know every key (an unknown one is a
mistake) and frozen. Secrets print as stars; only ``to_document`` writes them out.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    ValidationInfo,
    field_validator,
    model_validator,
)

from firmware.config.policy_settings import ExtensionSettings, RuleSettings
from firmware.config.reception_settings import (
    HoursSettings,
    MenuSettings,
    NoticeSettings,
    OutsideHoursSettings,
    WarningToneSettings,
)
from firmware.config.section import NAME, Section, must_differ
from firmware.config.steering_settings import CodesSettings, PauseSettings
from firmware.core.number_pattern import as_dialled
from firmware.core.panel_press import PressedFor
from firmware.core.recording_decision import RecordingMode

Transport = Literal["udp", "tcp", "tls"]
SrtpUse = Literal["off", "optional", "required"]

_PROMPT_FILE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.wav$"
_PROMPT_ID = re.compile(NAME)
_HOST = re.compile(
    r"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$"
)


def split_host_port(text: str, default_port: int = 0) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address → (host, port), else with ``default_port``.

    Raises:
        ValueError: it is none of these.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is not an address; write [2001:db8::1]:5060")
        port_text = rest[1:] if rest else None
    elif text.count(":") == 1:
        host, port_text = text.split(":")
    else:
        host, port_text = text, None
    if port_text is None:
        return host, default_port
    if not (port_text.isascii() and port_text.isdigit()) or not 0 <= int(port_text) <= 65535:
        raise ValueError(f"{port_text!r} is not a port number from 0 to 65535")
    return host, int(port_text)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bind_address(text: str) -> str:
    host, port = split_host_port(text)
    if not _is_ip(host) or port == 0:
        raise ValueError(f"{text!r} is not an address and port of this box, such as 0.0.0.0:5060")
    return text


def _host(text: str) -> str:
    host, _ = split_host_port(text)
    if not (_is_ip(host) or _HOST.match(host)):
        raise ValueError(f"{text!r} is not a host name or address, with or without :port")
    return text


def _optional_host(text: str) -> str:
    return _host(text) if text else text


def _ca_file(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is not the whole path of a file, such as /etc/ssl/provider-ca.pem")
    return text


def _peer_address(text: str) -> str:
    host, _ = split_host_port(text)
    try:
        ipaddress.ip_network(host, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address or network, with or without :port") from None
    return text


def _port_range(text: str) -> str:
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text, re.ASCII)
    if match is None or not 1024 <= int(match[1]) < int(match[2]) <= 65535:
        raise ValueError(f"{text!r} is not a range of ports from 1024 to 65535, such as 20000-23999")
    return text


def _show_secret(value: SecretStr, info: SerializationInfo) -> str:
    if info.context == "reveal":
        return value.get_secret_value()
    return str(value)


BindAddress = Annotated[str, AfterValidator(_bind_address)]
Host = Annotated[str, AfterValidator(_host)]
OptionalHost = Annotated[str, AfterValidator(_optional_host)]
PeerAddress = Annotated[str, AfterValidator(_peer_address)]
CaFile = Annotated[str, AfterValidator(_ca_file)]
PortRange = Annotated[str, AfterValidator(_port_range)]
Secret = Annotated[SecretStr, PlainSerializer(_show_secret)]


class OfficeSettings(Section):
    name: str = Field(default="Office", min_length=1, max_length=80)
    country: str = Field(
        default="GB", pattern=r"^[A-Z]{2}$", description="ISO 3166-1; emergency numbers and tones go by it"
    )
    timezone: str = Field(default="Europe/London", description="pages and downloads show times in it")

    @field_validator("timezone")
    @classmethod
    def _timezone_is_known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{timezone!r} is not a time zone such as Europe/London") from None
        return timezone


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
    office: OfficePeer
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


class GeneratorSettings(Section):
    """How the generator line's made-up calls come: for demonstrations and tests."""

    call_s: float = Field(default=20.0, ge=1, le=7200)
    pause_s: float = Field(default=40.0, ge=0, le=86400)
    simultaneous: int = Field(default=1, ge=1, le=250)


class _Line(Section):
    name: str = Field(pattern=NAME)
    mode: RecordingMode = Field(default="pausable", description="where neither a rule nor the extension says otherwise")
    emergency_mode: Literal["follow", "always", "pausable", "on_demand", "never"] = Field(
        default="follow", description="of emergency calls; follow: as the extension or the line, whatever rules say"
    )
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


LineSettings = Annotated[SipLine | GeneratorLine, Field(discriminator="kind")]


class WebSettings(Section):
    tls: bool = True
    bind: BindAddress = "0.0.0.0:8443"
    host_names: tuple[Host, ...] = Field(
        default=(), description="more names by which browsers may ask for the page, besides the machine's own"
    )

    @field_validator("bind")
    @classmethod
    def _plain_http_stays_on_this_machine(cls, bind: str, info: ValidationInfo) -> str:
        host, _ = split_host_port(bind)
        if not info.data.get("tls", True) and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"without TLS the page is only served on this machine itself; {bind!r} needs tls = true")
        return bind


class RecorderSettings(Section):
    bitrate: int = Field(
        default=36000, ge=12000, le=128000, description="bit/s, both parties; below 36000 speech suffers"
    )
    complexity: int = Field(default=0, ge=0, le=10, description="Opus encoder's effort")
    workers: int = Field(default=2, ge=1, le=16)
    minimum_free_mb: int = Field(default=500, ge=50, le=1_000_000, description="below this an alarm is raised")


class SignInSettings(Section):
    """PCI DSS 4.0.1: 8.2.8 (15 minutes idle), 8.3.4 (at most 10 failures, at least 30 minutes locked)."""

    idle_minutes: int = Field(default=15, ge=1, le=15)
    longest_hours: int = Field(default=10, ge=1, le=24)
    failures_allowed: int = Field(default=10, ge=3, le=10)
    locked_minutes: int = Field(default=30, ge=30, le=1440)


class PanelSettings(Section):
    kind: Literal["none", "simulated", "gpio"] = "none"
    button: PressedFor = Field(
        default="all", description="a short press pauses and resumes all calls, or those of the line in use"
    )


class Settings(Section):
    """Everything that can be set on one box."""

    office: OfficeSettings = OfficeSettings()
    hours: HoursSettings = HoursSettings()
    lines: tuple[LineSettings, ...] = ()
    rules: tuple[RuleSettings, ...] = Field(
        default=(), description="asked in this order; the first that applies decides"
    )
    extensions: tuple[ExtensionSettings, ...] = ()
    prompts: dict[str, Annotated[str, Field(pattern=_PROMPT_FILE)]] = Field(default_factory=dict)
    codes: CodesSettings = CodesSettings()
    pause: PauseSettings = PauseSettings()
    web: WebSettings = WebSettings()
    recorder: RecorderSettings = RecorderSettings()
    sign_in: SignInSettings = SignInSettings()
    panel: PanelSettings = PanelSettings()

    @field_validator("lines")
    @classmethod
    def _line_names_differ(cls, lines: tuple[SipLine | GeneratorLine, ...]) -> tuple[SipLine | GeneratorLine, ...]:
        must_differ("lines", [line.name for line in lines])
        return lines

    @field_validator("lines")
    @classmethod
    def _the_office_closes_where_a_line_asks_what_then(
        cls, lines: tuple[SipLine | GeneratorLine, ...], info: ValidationInfo
    ) -> tuple[SipLine | GeneratorLine, ...]:
        hours = info.data.get("hours")
        always_open = hours is not None and not hours.given
        for line in lines:
            if always_open and isinstance(line, SipLine) and line.outside_hours != OutsideHoursSettings():
                raise ValueError(f"line {line.name!r} has outside_hours, but without [hours] the office never closes")
        return lines

    @field_validator("rules")
    @classmethod
    def _rules_are_told_apart_and_know_their_lines(
        cls, rules: tuple[RuleSettings, ...], info: ValidationInfo
    ) -> tuple[RuleSettings, ...]:
        must_differ("rules", [rule.name for rule in rules])
        known = {line.name for line in info.data.get("lines", ())}
        for rule in rules if "lines" in info.data else ():
            for name in rule.lines:
                if name not in known:
                    raise ValueError(f"rule {rule.name!r} is for line {name!r}, and there is no line of that name")
        return rules

    @field_validator("extensions")
    @classmethod
    def _extensions_differ(cls, extensions: tuple[ExtensionSettings, ...]) -> tuple[ExtensionSettings, ...]:
        must_differ("extensions", [as_dialled(extension.number) for extension in extensions])
        return extensions

    @field_validator("prompts")
    @classmethod
    def _prompt_ids_are_names(cls, prompts: dict[str, str]) -> dict[str, str]:
        for prompt in prompts:
            if not _PROMPT_ID.match(prompt):
                raise ValueError(f"{prompt!r} is not a prompt's id: small letters, digits, - and _ only")
        return prompts

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values with every secret readable: for the settings file and for export, never for a log."""
        return self.model_dump(mode="json", by_alias=True, context="reveal")

    def to_shown(self) -> dict[str, Any]:
        """Plain JSON values with every secret starred out: for people and logs."""
        return self.model_dump(mode="json", by_alias=True)
