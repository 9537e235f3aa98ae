"""The settings of a PBX's call log: how it comes, how it is written, and whose calls it tells of."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from firmware.config.log_formats import shipped_formats
from firmware.config.network_address import BindAddress, Host, PeerAddress
from firmware.config.section import NAME, Section
from firmware.core.call_log_format import FormatError, LogFormat, format_from

CUSTOM = "custom"


class SerialSettings(Section):
    """A serial port. Panasonic and Mitel are delivered with 9600 8N1, older ones with 1200 7E1 and the like."""

    device: str = Field(pattern=r"^/dev/[A-Za-z0-9/_.:-]{1,120}$")
    baud: Literal[300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    flow: Literal["none", "hardware", "software"] = "none"


class ListenSettings(Section):
    """The PBX connects to the box, as Avaya IP Office does."""

    bind: BindAddress = "0.0.0.0:33333"
    addresses: tuple[PeerAddress, ...] = Field(min_length=1, description="from where it may; others are turned away")


class ConnectSettings(Section):
    """The box connects to the PBX, as with Mitel's port 1752."""

    host: Host


class SmdrSettings(Section):
    """The call log of one PBX."""

    name: str = Field(pattern=NAME)
    format: str = Field(description="one of those that earmark smdr formats lists, or custom")
    custom: dict[str, Any] = Field(
        default_factory=dict, description="the office's own format, as tables or as a text of TOML"
    )
    serial: SerialSettings | None = None
    listen: ListenSettings | None = None
    connect: ConnectSettings | None = None
    line: str = Field(default="", description="whose calls it logs; not needed where the office has one line")
    trunks: dict[str, str] = Field(default_factory=dict, description="the line of each trunk, by the PBX's name for it")
    outside_prefix: str = Field(default="9", pattern=r"^[0-9]{0,4}$")
    timezone: str = Field(default="", description="of the PBX's clock; empty: the office's")

    @field_validator("timezone")
    @classmethod
    def _timezone_is_known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{timezone!r} is not a time zone such as Europe/London") from None
        return timezone

    @field_validator("custom", mode="before")
    @classmethod
    def _what_somebody_wrote_is_read(cls, custom: Any) -> Any:
        """As a table, or as the text of one."""
        if not isinstance(custom, str):
            return custom
        try:
            return tomllib.loads(custom)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"it is not TOML: {error}") from None

    @field_validator("custom")
    @classmethod
    def _it_describes_a_format(cls, custom: dict[str, Any]) -> dict[str, Any]:
        if custom:
            try:
                format_from(custom)
            except FormatError as error:
                raise ValueError(str(error)) from None
        return custom

    @model_validator(mode="after")
    def _it_comes_one_way(self) -> Self:
        if sum(each is not None for each in (self.serial, self.listen, self.connect)) != 1:
            raise ValueError(f"call log {self.name!r} comes by one of serial, listen and connect")
        return self

    @model_validator(mode="after")
    def _its_format_is_known(self) -> Self:
        if self.format != CUSTOM and self.format not in shipped_formats():
            raise ValueError(f"there is no format {self.format!r}; there are {', '.join(shipped_formats())} and custom")
        if (self.format == CUSTOM) != bool(self.custom):
            raise ValueError('a format of your own is described in custom, and format is "custom" then')
        return self

    @property
    def log_format(self) -> LogFormat:
        return format_from(self.custom) if self.format == CUSTOM else shipped_formats()[self.format]


def logs_must_know_their_lines(logs: tuple[SmdrSettings, ...], lines: Mapping[str, object]) -> None:
    """Raises ValueError."""
    for log in logs:
        for line in (log.line, *log.trunks.values()):
            if line and line not in lines:
                raise ValueError(f"call log {log.name!r} is of line {line!r}, and there is no line of that name")
        if not log.line and not log.trunks and len(lines) > 1:
            raise ValueError(f"call log {log.name!r} must say which line's calls it logs, since there are several")
