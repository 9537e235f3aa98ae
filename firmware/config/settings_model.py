"""The shape of every setting, with its range and default: one TOML file's worth.

Models are strict (a number in quotation marks is a mistake, not a number), know every key (an unknown one is a
mistake) and frozen. Secrets print as stars; only ``to_document`` writes them out.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationInfo, field_validator

from firmware.config.alert_settings import AlertSettings
from firmware.config.archive_settings import ArchiveSettings, BackupSettings, backups_must_lie_apart
from firmware.config.line_section import LineSection
from firmware.config.line_settings import LineSettings, SipLine
from firmware.config.network_address import BindAddress, Host, split_host_port
from firmware.config.network_settings import NetworkSettings
from firmware.config.phone_settings import users_must_differ
from firmware.config.policy_settings import ExtensionSettings, RuleSettings
from firmware.config.reception_settings import HoursSettings, OutsideHoursSettings
from firmware.config.records_settings import RecordsSettings
from firmware.config.retention_settings import RetentionSettings, classes_of, modes_must_suit, rules_must_suit
from firmware.config.section import NAME, Section, must_differ
from firmware.config.smdr_settings import SmdrSettings, logs_must_know_their_lines
from firmware.config.space_settings import SpaceSettings
from firmware.config.steering_settings import CodesSettings, PauseSettings
from firmware.core.number_pattern import as_dialled
from firmware.core.panel_press import PressedFor
from firmware.core.retention import RetentionClasses

_PROMPT_FILE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.wav$"
_PROMPT_ID = re.compile(NAME)


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

    @property
    def hosts(self) -> tuple[str, ...]:
        """``host_names`` without ports."""
        return tuple(split_host_port(name)[0] for name in self.host_names)


class RecorderSettings(Section):
    bitrate: int = Field(
        default=36000, ge=12000, le=128000, description="bit/s, both parties; below 36000 speech suffers"
    )
    complexity: int = Field(default=0, ge=0, le=10, description="Opus encoder's effort")
    workers: int = Field(default=2, ge=1, le=16)
    minimum_free_mb: int = Field(default=500, ge=50, le=1_000_000, description="below this an alarm is raised")
    spool_mb: int = Field(
        default=1000,
        ge=10,
        le=1_000_000,
        description="room on the state partition for calls while the data disk is away",
    )


class SignInSettings(Section):
    """PCI DSS 4.0.1: 8.2.8 (15 minutes idle), 8.3.4 (at most 10 failures, at least 30 minutes locked), 8.4 (second
    factor).
    """

    idle_minutes: int = Field(default=15, ge=1, le=15)
    longest_hours: int = Field(default=10, ge=1, le=24)
    failures_allowed: int = Field(default=10, ge=3, le=10)
    locked_minutes: int = Field(default=30, ge=30, le=1440)
    second_factor: Literal["required", "offered"] = Field(
        default="required", description="for everybody who may listen; others may always set one up"
    )


class PanelSettings(Section):
    kind: Literal["none", "simulated", "gpio"] = "none"
    button: PressedFor = Field(
        default="all", description="a short press pauses and resumes all calls, or those of the line in use"
    )


class Settings(Section):
    """Everything that can be set on one box."""

    office: OfficeSettings = OfficeSettings()
    hours: HoursSettings = HoursSettings()
    retention: tuple[RetentionSettings, ...] = Field(
        default=(), description='how long each class of recordings is kept; "standard" six years, unless set here'
    )
    lines: tuple[LineSettings, ...] = ()
    rules: tuple[RuleSettings, ...] = Field(
        default=(), description="asked in this order; the first that applies decides"
    )
    extensions: tuple[ExtensionSettings, ...] = ()
    smdr: tuple[SmdrSettings, ...] = Field(default=(), description="call logs of PBXs, matched with recordings")
    prompts: dict[str, Annotated[str, Field(pattern=_PROMPT_FILE)]] = Field(default_factory=dict)
    codes: CodesSettings = CodesSettings()
    pause: PauseSettings = PauseSettings()
    web: WebSettings = WebSettings()
    network: NetworkSettings = NetworkSettings()
    recorder: RecorderSettings = RecorderSettings()
    space: SpaceSettings = SpaceSettings()
    records: RecordsSettings = RecordsSettings()
    sign_in: SignInSettings = SignInSettings()
    panel: PanelSettings = PanelSettings()
    alerts: AlertSettings = AlertSettings()
    archive: ArchiveSettings = ArchiveSettings()
    backup: BackupSettings = BackupSettings()

    @field_validator("retention")
    @classmethod
    def _classes_differ(cls, retention: tuple[RetentionSettings, ...]) -> tuple[RetentionSettings, ...]:
        must_differ("retention classes", [each.name for each in retention])
        return retention

    @field_validator("lines")
    @classmethod
    def _line_names_differ(cls, lines: tuple[LineSection, ...]) -> tuple[LineSection, ...]:
        must_differ("lines", [line.name for line in lines])
        users_must_differ(phone for line in lines if isinstance(line, SipLine) for phone in line.sip.phones)
        return lines

    @field_validator("lines")
    @classmethod
    def _the_office_closes_where_a_line_asks_what_then(
        cls, lines: tuple[LineSection, ...], info: ValidationInfo
    ) -> tuple[LineSection, ...]:
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

    @field_validator("rules")
    @classmethod
    def _rules_suit_their_classes(
        cls, rules: tuple[RuleSettings, ...], info: ValidationInfo
    ) -> tuple[RuleSettings, ...]:
        if "retention" in info.data:
            rules_must_suit(classes_of(info.data["retention"]), rules)
        return rules

    @field_validator("lines", "extensions")
    @classmethod
    def _modes_suit_the_standard_class(
        cls, each: tuple[LineSection | ExtensionSettings, ...], info: ValidationInfo
    ) -> tuple[LineSection | ExtensionSettings, ...]:
        if "retention" in info.data:
            modes_must_suit(classes_of(info.data["retention"]), each)
        return each

    @field_validator("smdr")
    @classmethod
    def _call_logs_differ_and_know_their_lines(
        cls, smdr: tuple[SmdrSettings, ...], info: ValidationInfo
    ) -> tuple[SmdrSettings, ...]:
        must_differ("call logs", [each.name for each in smdr])
        if "lines" in info.data:
            logs_must_know_their_lines(smdr, {line.name: line for line in info.data["lines"]})
        return smdr

    @field_validator("backup")
    @classmethod
    def _backups_lie_apart(cls, backup: BackupSettings, info: ValidationInfo) -> BackupSettings:
        if "archive" in info.data:
            backups_must_lie_apart(info.data["archive"], backup)
        return backup

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

    @property
    def retention_classes(self) -> RetentionClasses:
        """How long recordings are kept."""
        return classes_of(self.retention)

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values with every secret readable: for the settings file and for export, never for a log."""
        return self.model_dump(mode="json", by_alias=True, context="reveal")

    def to_shown(self) -> dict[str, Any]:
        """Plain JSON values with every secret starred out: for people and logs."""
        return self.model_dump(mode="json", by_alias=True)
