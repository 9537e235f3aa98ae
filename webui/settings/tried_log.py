"""Lines of a call log, read by its settings as somebody has typed them and not saved yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware.config.log_formats import shipped_formats
from firmware.core.call_log_format import LogFormat
from firmware.core.errors import SettingsError
from webui.call_log.trying import OWN, Tried, chosen_format, described, try_lines
from webui.error_words import lines_of
from webui.settings.fields import Choices
from webui.translation import gettext as _

_CUSTOM = "custom"


@dataclass(frozen=True)
class TriedLog:
    """``lines``: what was pasted. ``mistake``: why nothing could be read by these settings."""

    lines: str
    tried: Tried | None = None
    mistake: str = ""


def known_formats() -> Choices:
    """What a call log's format may be, by title."""
    shipped = ((each.format_id, each.title) for each in shipped_formats().values())
    return (*shipped, (_CUSTOM, _("Custom: one of your own")))


def tried_log(log: Mapping[str, Any], lines: str, office_zone: str) -> TriedLog:
    """``log``: the settings of one. Its clock goes by its own zone, or the office's."""
    try:
        zone = ZoneInfo(str(log.get("timezone") or office_zone))
        return TriedLog(lines, try_lines(lines, _format_of(log), datetime.now(UTC), zone))
    except SettingsError as mistake:
        return TriedLog(lines, mistake=" ".join(lines_of(mistake)))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return TriedLog(lines, mistake=_("There is no such time zone. Type one such as Europe/London, or nothing."))


def _format_of(log: Mapping[str, Any]) -> LogFormat:
    custom = log.get("custom") or {}
    if log.get("format") != _CUSTOM:
        return chosen_format(str(log.get("format", "")), "")
    return chosen_format(OWN, custom) if isinstance(custom, str) else described(custom)
