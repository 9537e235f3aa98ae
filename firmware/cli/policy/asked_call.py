"""A call that is only thought of: which way it goes, which lines are asked, and what each would do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.call_time import read_time, shown_time
from firmware.cli.lines.composition import line_rules
from firmware.cli.lines.tapped_rules import tapped_rules
from firmware.cli.policy.text import Explained, as_json, explained, in_words
from firmware.config.line_section import TappedLine
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.call_record import Direction, Party
from firmware.core.emergency import is_emergency
from firmware.core.errors import LineError, SettingsError
from firmware.core.home import Home
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import local_time
from firmware.core.party_number import UNAVAILABLE, WITHHELD
from firmware.ports.numbering import Numbering

_NO_NUMBER = {"withheld": WITHHELD, "unavailable": UNAVAILABLE}


@dataclass(frozen=True)
class AskedCall:
    """``either_way``: both numbers are telephone numbers, so that the direction is a guess."""

    direction: Direction
    moment: datetime
    lines: tuple[Explained, ...]
    either_way: bool


def asked_call(
    settings: Settings,
    calling: str,
    dialled: str,
    at: str,
    only: str | None = None,
    direction: Direction | None = None,
    call_id: str | None = None,
) -> AskedCall:
    """
    Args:
        at: as people say a time.
        only: one line; every line without it.
        direction: what the numbers suggest, without it.

    Raises:
        LineError: there is no line to ask.
        SettingsError: the time is none, or the call could go either way between two extensions.
    """
    zone, numbering = ZoneInfo(settings.office.timezone), PhoneNumbers(settings.office.country)
    try:
        moment = read_time(at, zone, datetime.now(UTC))
    except ValueError as error:
        raise SettingsError(f"{error}.") from None
    way = direction or _suggested_direction(calling, dialled, settings, numbering)
    request = CallRequest(call_id=call_id or "", direction=way, calling=_party(calling), dialled=dialled)
    local = local_time(round(moment.timestamp() * 1000), zone)
    found = tuple(explained(_rules(line, settings, numbering), request, local) for line in _lines(settings, only))
    guessed = direction is None and way == "inbound" and _either_way(calling, dialled, numbering)
    return AskedCall(way, moment, found, guessed)


def calls_explained(home: Home, call: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the page: ``call`` has calling, dialled, at, line and direction, the last two perhaps empty."""
    settings = load_settings(SettingsFile(home.settings_file))
    found = asked_call(
        settings, call["calling"], call["dialled"], call["at"], call["line"] or None, call["direction"] or None
    )
    return {
        "direction": found.direction,
        "at": shown_time(found.moment),
        "either_way": found.either_way,
        "lines": [{**as_json(each), "words": in_words(each)} for each in found.lines],
    }


def _lines(settings: Settings, only: str | None) -> list[SipLine | TappedLine]:
    """Raises LineError where there is none to ask."""
    real = [line for line in settings.lines if isinstance(line, SipLine | TappedLine)]
    lines: list[SipLine | TappedLine] = [line for line in real if only in (None, line.name)]
    if not lines:
        what = f"There is no line {only!r}." if only else "The settings name no line."
        raise LineError(what, f"Lines there are: {', '.join(line.name for line in real) or 'none'}.")
    return lines


def _rules(line: SipLine | TappedLine, settings: Settings, numbering: Numbering) -> Line:
    if isinstance(line, SipLine):
        return line_rules(line, settings, numbering)
    return tapped_rules(line, settings, numbering)


def _party(calling: str) -> Party:
    return _NO_NUMBER.get(calling.strip().lower(), Party(number=calling))


def _suggested_direction(calling: str, dialled: str, settings: Settings, numbering: Numbering) -> Direction:
    """Calls out come from the office's extensions; what is not known to be one of those comes in.

    Raises:
        SettingsError: both are extensions.
    """
    prefixes = [_outside_prefix(line) for line in _lines(settings, None)]
    if any(is_emergency(dialled, prefix) for prefix in prefixes):
        return "outbound"
    if calling.strip().lower() in _NO_NUMBER:
        return "inbound"
    phones = {phone.extension for line in settings.lines if isinstance(line, SipLine) for phone in line.sip.phones}
    if calling in phones:
        return "outbound"  # to a colleague, too
    own = {numbering.normalise(each.number) for each in settings.extensions}
    caller, called = numbering.normalise(calling), numbering.normalise(dialled)
    from_inside = caller in own or not numbering.is_telephone_number(calling)
    goes_outside = called not in own and any(numbering.normalise(dialled, each).startswith("+") for each in prefixes)
    if from_inside and not goes_outside:
        raise SettingsError(
            f"{calling} and {dialled} are both extensions, and calls between these do not come past the box.",
            "If this one does, say its direction.",
        )
    return "outbound" if from_inside else "inbound"


def _outside_prefix(line: SipLine | TappedLine) -> str:
    return line.sip.outside_prefix if isinstance(line, SipLine) else line.outside_prefix


def _either_way(calling: str, dialled: str, numbering: Numbering) -> bool:
    return numbering.is_telephone_number(calling) and numbering.is_telephone_number(dialled)
