"""``earmark lines``: the processes that hold or hear the phone calls, one for each kind of line."""

from __future__ import annotations

import importlib
import resource
import signal
import threading
from collections.abc import Callable
from typing import Any

import click

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.core.lines_instance import LINES_INSTANCES, LinesInstance

Runs = Callable[[threading.Event], None]

#: Who composes each kind. Imported when asked for: a kind must not pay for, or break with, another's libraries.
_COMPOSED_BY: dict[LinesInstance, str] = {
    "sip": "firmware.cli.lines.sip:compose_sip",
    "siprec": "firmware.cli.lines.siprec:compose_siprec",
    "analogue": "firmware.cli.lines.analogue:compose_analogue",
}


@click.command()
@click.option("--only", type=click.Choice(LINES_INSTANCES), default="sip", show_default=True, help="Which kind.")
@click.pass_obj
def lines(home: Home, only: LinesInstance) -> None:
    """Run a process that holds the phone calls of one kind of line.

    \b
      sip       calls that go through the box
      siprec    calls that a PBX sends a copy of
      analogue  calls heard on wires
      smdr      the PBX's own log of calls, by a serial line
    """
    settings = load_settings(SettingsFile(home.settings_file))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # callers' voices are in this memory
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _process(home, settings, only)(stop)


def _process(home: Home, settings: Settings, only: LinesInstance) -> Runs:
    if only == "smdr":
        log_reader: Runs = _named("firmware.cli.lines.smdr:compose_smdr")(home, settings)
        return log_reader
    from firmware.cli.lines.process import LinesProcess

    return LinesProcess(home, settings, only, _named(_COMPOSED_BY[only])).run


def _named(what: str) -> Callable[..., Any]:
    module, _, function = what.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
