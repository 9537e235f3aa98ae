"""``earmark policy explain``: what would happen to a call, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.call_time import read_time, shown_time
from firmware.cli.lines.composition import line_rules
from firmware.cli.lines.tapped_rules import tapped_rules
from firmware.cli.policy.text import as_json, as_text, explained
from firmware.config.line_section import TappedLine
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.call_record import Direction, Party
from firmware.core.emergency import is_emergency
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import local_time
from firmware.core.party_number import UNAVAILABLE, WITHHELD
from firmware.ports.numbering import Numbering

_NO_NUMBER = {"withheld": WITHHELD, "unavailable": UNAVAILABLE}


@click.group()
def policy() -> None:
    """Say which calls are recorded, and why."""


@policy.command()
@click.option("--from", "calling", required=True, help="Who calls: a number, an extension, withheld or unavailable.")
@click.option("--to", "dialled", required=True, help="What is dialled: a number or an extension.")
@click.option("--at", default="now", show_default=True, help='When: "2026-11-23 09:30", "mon 09:30" or "09:30".')
@click.option("--line", "only", help="One line only. Default: every line.")
@click.option("--direction", type=click.Choice(["inbound", "outbound"]), help="Default: what the numbers suggest.")
@click.option("--call-id", help="Of a call that was: tells what chance drew for it.")
@click.option("--json", "for_program", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def explain(
    home: Home,
    calling: str,
    dialled: str,
    at: str,
    only: str | None,
    direction: Direction | None,
    call_id: str | None,
    for_program: bool,
) -> None:
    """Say what would happen to a call, and which rule says so.

    \b
    Examples:
      earmark policy explain --from 01632960123 --to 202 --at "mon 09:30"
      earmark policy explain --from 202 --to 0845123456 --line main
      earmark policy explain --from withheld --to 202 --at "2026-12-25 22:15"

    Times are by the office's clock. Nothing is called, and nothing is changed.
    """
    settings = load_settings(SettingsFile(home.settings_file))
    moment = _moment(at, ZoneInfo(settings.office.timezone))
    numbering = PhoneNumbers(settings.office.country)
    way = direction or _suggested_direction(calling, dialled, settings, numbering)
    request = CallRequest(call_id=call_id or "", direction=way, calling=_party(calling), dialled=dialled)
    lines = [_rules(line, settings, numbering) for line in _lines(settings, only)]
    local = local_time(round(moment.timestamp() * 1000), ZoneInfo(settings.office.timezone))
    found = [explained(line, request, local) for line in lines]
    if for_program:
        call = {"from": calling, "to": dialled, "direction": way, "at": moment.isoformat()}
        click.echo(json.dumps({"call": call, "lines": [as_json(each) for each in found]}, indent=2, ensure_ascii=False))
        return
    click.echo(f"{way.capitalize()} call from {calling} to {dialled}, {shown_time(moment)}.")
    if direction is None and way == "inbound" and _either_way(calling, dialled, numbering):
        click.echo("(Taken as a call from outside. If it is one of the office's own: --direction outbound.)")
    for each in found:
        click.echo(f"\n{as_text(each)}")


def _moment(at: str, zone: ZoneInfo) -> datetime:
    try:
        return read_time(at, zone, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--at") from None


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
        click.UsageError: both are extensions.
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
        raise click.UsageError(
            f"{calling} and {dialled} are both extensions, and calls between these do not come past the box. "
            "If this one does, say --direction."
        )
    return "outbound" if from_inside else "inbound"


def _outside_prefix(line: SipLine | TappedLine) -> str:
    return line.sip.outside_prefix if isinstance(line, SipLine) else line.outside_prefix


def _either_way(calling: str, dialled: str, numbering: Numbering) -> bool:
    return numbering.is_telephone_number(calling) and numbering.is_telephone_number(dialled)
