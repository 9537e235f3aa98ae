"""The settings of alerts: ``[alerts]``. Where they go is given as an address that Apprise knows; it holds passwords."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator

from firmware.config.archive_settings import TimeOfDay
from firmware.config.secret import Secret
from firmware.config.section import NAME, Section, must_differ
from firmware.core.daily_window import DailyWindow


def _is_address(url: SecretStr) -> SecretStr:
    kind, separator, rest = url.get_secret_value().partition("://")
    if not (separator and rest and kind.isalnum()):
        raise ValueError("an address such as mailtos://user:password@example.org?to=office@example.org, or jsons://…")
    return url


AlertAddress = Annotated[Secret, AfterValidator(_is_address)]


class DestinationSettings(Section):
    """One place that alerts go to. Its address is a secret."""

    name: str = Field(pattern=NAME)
    url: AlertAddress = Field(description="as Apprise writes it: mailtos://, jsons:// for a webhook, and many others")
    of: Literal["everything", "faults"] = Field(default="everything", description="what it is told of")
    digest: bool = Field(default=True, description="whether it gets the daily digest")


class AlertSettings(Section):
    """Who is told when something is wrong. Without a destination the page and the light tell it alone."""

    destinations: tuple[DestinationSettings, ...] = ()
    digest_at: TimeOfDay = Field(default="08:00", description="when the daily digest goes out")
    quiet_from: TimeOfDay = Field(default="00:00", description="from then on only faults are told")
    quiet_until: TimeOfDay = Field(default="00:00", description="until then; the same as quiet_from: never")
    most_an_hour: int = Field(
        default=6, ge=1, le=60, description="messages; more news than that waits, and is told together"
    )
    quiet_line_hours: int = Field(
        default=18, ge=0, le=1000, description="a line without a call for so many office hours is told; 0: never"
    )
    quiet_lines: tuple[str, ...] = Field(default=(), description="lines on which nobody may call for weeks")
    metrics_token_sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="SHA-256 of the token that may read /metrics, by earmark alerts metrics-token; none: nobody may",
    )

    @field_validator("destinations")
    @classmethod
    def _names_differ(cls, destinations: tuple[DestinationSettings, ...]) -> tuple[DestinationSettings, ...]:
        must_differ("destinations of alerts", [each.name for each in destinations])
        return destinations

    @property
    def quiet(self) -> DailyWindow | None:
        """When only faults are told; None: never."""
        if self.quiet_from == self.quiet_until:
            return None
        return DailyWindow(time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until))

    @property
    def digest_time(self) -> time:
        return time.fromisoformat(self.digest_at)

    @property
    def quiet_after(self) -> timedelta | None:
        return timedelta(hours=self.quiet_line_hours) if self.quiet_line_hours else None
