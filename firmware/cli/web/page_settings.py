"""The few settings that the page's process needs, without all that checks settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from firmware.adapters.settings.followed_file import FollowedFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.short_lived_copy import found_by_a_copy
from firmware.core.home import Home


@dataclass(frozen=True)
class PageSettings:
    """``hosts`` are the host names without ports."""

    office: str
    timezone: str
    bind: str
    tls: bool
    host_names: tuple[str, ...]
    hosts: tuple[str, ...]


def page_settings(home: Home) -> PageSettings:
    """As they are when the process starts, which it does anew when they change. Only while it has one thread.

    Raises:
        NotSetUp, StorageError, SettingsError: as ``load_settings``.
    """
    return found_by_a_copy(partial(_checked, home))


def _checked(home: Home) -> PageSettings:
    # Only in the copy: they bring 10 MB of checking.
    from firmware.config.loader import load_settings

    settings = load_settings(SettingsFile(home.settings_file))
    web = settings.web
    return PageSettings(
        settings.office.name, settings.office.timezone, web.bind, web.tls, tuple(web.host_names), web.hosts
    )


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
