"""The settings that the page goes by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from firmware.adapters.settings.followed_file import FollowedFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.ports.numbering import number_pattern

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


class OfficeInSettings:
    """How the office does what the law asks, by the settings as they are kept at this moment. Any thread."""

    def __init__(self, settings_file: Path) -> None:
        self._followed = FollowedFile(settings_file, partial(_office_facts, settings_file), OfficeFacts())

    def __call__(self) -> OfficeFacts:
        return self._followed()


def _office_facts(settings_file: Path) -> OfficeFacts:
    """Loads the numbering plans, which at rest the page has no use for."""
    from firmware.adapters.numbering.phone_numbers import PhoneNumbers

    document = SettingsFile(settings_file).read()
    numbering = PhoneNumbers(str((document.get("office") or {}).get("country", "GB")))
    return OfficeFacts.of(document, partial(number_pattern, numbering=numbering))


def _digest(settings_file: Path) -> str:
    """Whoever changed it had it checked."""
    alerts: dict[str, Any] = SettingsFile(settings_file).read().get("alerts") or {}
    return str(alerts.get("metrics_token_sha256", ""))
