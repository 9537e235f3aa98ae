"""Lines of a call log tried against a format: how each is read, what failed and why. Nothing of it is kept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.config.log_formats import shipped_formats
from firmware.core.call_log import LoggedCall
from firmware.core.call_log_format import FormatError, LogFormat, format_from
from firmware.core.call_log_reading import NotRead, Passed, Read, read_line
from firmware.core.errors import SettingsError
from webui.translation import gettext as _

OWN = "own"
MOST_LINES, LONGEST_LINE = 200, 512
_TABLE = re.compile(r"^(\[{1,2})([A-Za-z_])", re.MULTILINE)


@dataclass(frozen=True)
class TriedLine:
    """One line and how it reads. ``call`` is None where it is no call; ``why`` says why not."""

    text: str
    call: LoggedCall | None
    began_at: datetime | None
    why: str
    is_read: bool


@dataclass(frozen=True)
class Tried:
    lines: Sequence[TriedLine]

    @property
    def calls(self) -> int:
        return sum(each.call is not None for each in self.lines)

    @property
    def not_read(self) -> int:
        return sum(not each.is_read for each in self.lines)


def chosen_format(named: str, description: str) -> LogFormat:
    """A shipped format, or the one that is described as TOML. Raises SettingsError: in words for who wrote it."""
    if named != OWN:
        found = shipped_formats().get(named)
        if found is None:
            raise SettingsError(_("There is no such format."), _("Choose one of the list."))
        return found
    try:
        return described(tomllib.loads(description))
    except tomllib.TOMLDecodeError as error:
        raise _not_so(_("The description is not TOML: %(why)s.") % {"why": error}) from None


def described(document: Mapping[str, Any]) -> LogFormat:
    """Raises SettingsError as ``chosen_format``."""
    try:
        return format_from(document)
    except FormatError as error:
        raise _not_so(str(error)) from None


def _not_so(what: str) -> SettingsError:
    """The first letter large and a full stop, whatever else is in it."""
    return SettingsError(f"{what[:1].upper()}{what[1:].rstrip('.')}.", _("Correct the description, and try again."))


def for_settings(description: str) -> str:
    """The description as it stands in a settings file, below its ``[[smdr]]``: every table one of ``smdr.custom``."""
    return "[smdr.custom]\n" + _TABLE.sub(r"\1smdr.custom.\2", description.strip()) + "\n"


def try_lines(text: str, form: LogFormat, now: datetime, zone: ZoneInfo) -> Tried:
    lines = [line[:LONGEST_LINE] for line in text.splitlines()[:MOST_LINES]]
    return Tried([_tried(line, form, now, zone) for line in lines if line.strip()])


def _tried(line: str, form: LogFormat, now: datetime, zone: ZoneInfo) -> TriedLine:
    match read_line(line, form, now, zone):
        case Read(call):
            return TriedLine(line, call, datetime.fromtimestamp(call.started_at_ms / 1000, UTC), "", True)
        case Passed(why):
            return TriedLine(line, None, None, why, True)
        case NotRead(why):
            return TriedLine(line, None, None, why, False)
