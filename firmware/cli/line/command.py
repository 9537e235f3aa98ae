"""``earmark line``: fit a line, and try it."""

from __future__ import annotations

import click

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.line.calls import CallWatch
from firmware.cli.line.network_test import try_network_line
from firmware.cli.line.wired_test import try_tapped_line
from firmware.config.loader import load_settings
from firmware.core.errors import SettingsError
from firmware.core.home import Home
from firmware.core.lines_instance import LinesInstance


@click.group()
def line() -> None:
    """Fit a line, and try it."""


@line.command("test")
@click.argument("name", metavar="LINE")
@click.option("--patience", default=120, show_default=True, help="Seconds to wait for each thing you are asked to do.")
@click.pass_context
def test(ctx: click.Context, name: str, patience: int) -> None:
    """Try a line, step by step, with a phone in your hand.

    Says what to do, shows what the box hears meanwhile, and at the end what to change. The processes of the line must
    run. Exit status: 0 all is well, 1 something is to be changed.
    """
    home: Home = ctx.obj
    lines = {each.name: each for each in load_settings(SettingsFile(home.settings_file)).lines}
    found = lines.get(name)
    if found is None:
        known = ", ".join(sorted(lines)) or "none"
        raise SettingsError(f"There is no line {name}.", f"The settings name: {known}.")
    kind: LinesInstance = "analogue" if found.kind == "analogue" else "siprec" if found.kind == "siprec" else "sip"
    watch = CallWatch(home, kind, name)
    click.echo(f"Trying line {name}. The calls that you make are recorded as the settings say. Enter skips a step.")
    ok = try_tapped_line(watch, patience) if kind == "analogue" else try_network_line(watch, patience)
    ctx.exit(0 if ok else 1)
