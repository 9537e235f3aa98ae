"""The settings that the page goes by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from firmware.adapters.settings.followed_file import FollowedFile
from firmware.adapters.settings.settings_file import SettingsFile

if TYPE_CHECKING:
    from firmware.config.settings_model import Settings


@dataclass(frozen=True)
class PageSettings:
    """``hosts`` are the host names without ports."""

    office: str
    timezone: str
    bind: str
    tls: bool
    host_names: tuple[str, ...]
    hosts: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        office, web = settings.office, settings.web
        return cls(office.name, office.timezone, web.bind, web.tls, tuple(web.host_names), web.hosts)


class MetricsToken:
    """The digest of the token that may read the page's figures, at this moment; empty: nobody may. Any thread."""

    def __init__(self, settings_file: Path) -> None:
        self._followed = FollowedFile(settings_file, partial(_digest, settings_file), "")

    def __call__(self) -> str:
        return self._followed()


def _digest(settings_file: Path) -> str:
    """Whoever changed it had it checked."""
    alerts: dict[str, Any] = SettingsFile(settings_file).read().get("alerts") or {}
    return str(alerts.get("metrics_token_sha256", ""))
