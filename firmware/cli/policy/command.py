"""``earmark policy explain``: what would happen to a call, and why."""

from __future__ import annotations

import json

import click

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.call_time import shown_time
from firmware.cli.policy.asked_call import asked_call
from firmware.cli.policy.text import as_json, as_text
from firmware.config.loader import load_settings
from firmware.core.call_record import Direction
from firmware.core.errors import SettingsError
from firmware.core.home import Home


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
    try:
        asked = asked_call(settings, calling, dialled, at, only, direction, call_id)
    except SettingsError as error:
        raise click.UsageError(f"{error} See --help.") from None
    if for_program:
        call = {"from": calling, "to": dialled, "direction": asked.direction, "at": asked.moment.isoformat()}
        lines = [as_json(each) for each in asked.lines]
        click.echo(json.dumps({"call": call, "lines": lines}, indent=2, ensure_ascii=False))
        return
    click.echo(f"{asked.direction.capitalize()} call from {calling} to {dialled}, {shown_time(asked.moment)}.")
    if asked.either_way:
        click.echo("(Taken as a call from outside. If it is one of the office's own: --direction outbound.)")
    for each in asked.lines:
        click.echo(f"\n{as_text(each)}")
