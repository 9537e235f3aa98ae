"""``earmark``: lists every subcommand and loads only the one that is asked for.

``earmark lines`` must not pay for (or break with) the web's or the catalogue's imports, so subcommands are named by
module and function here and imported when used.
"""

from __future__ import annotations

import errno
import gc
import importlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from firmware import __version__
from firmware.core.errors import EarmarkError, StorageError
from firmware.core.home import Home

SUBCOMMANDS = {
    "init": ("set_up.init:init", "Set up an office: keys, first director, settings."),
    "first-start": ("set_up.first_start:first_start", "Show the page on which a new box is set up."),
    "trial": ("trial.command:trial", "Try the lines of a box that is no office yet: nothing is recorded."),
    "lines": ("lines.command:lines", "Run the process that holds the phone calls."),
    "recorder": ("recorder.command:recorder", "Run the process that seals recordings."),
    "opener": ("opener.command:opener", "Run the process that holds listeners' unlocked keys."),
    "keeper": (
        "keeper.command:keeper",
        "Run the process that keeps recordings for their time, and no longer.",
    ),
    "web": ("web.command:web", "Run the web page."),
    "panel": ("panel.command:panel", "Run the front panel."),
    "box": ("box.command:box", "Run the process that does what needs root."),
    "generator": ("generator:generator", "Run the generator line: made-up calls with real speech."),
    "smdr": ("smdr:smdr", "Try lines of a PBX's call log, and list the formats that are known."),
    "line": ("line.command:line", "Try a line, step by step, with a phone in your hand."),
    "calls": ("calls:calls", "Show the calls in progress."),
    "phones": ("phones:phones", "Show which phones are registered with the box, and add one."),
    "recordings": ("recordings:recordings", "List recordings, or show one."),
    "export": ("export:export", "Open one recording and write it as WAV, MP3 or Opus."),
    "catalogue": ("catalogue:catalogue", "Make the list of recordings anew from the files."),
    "disk": ("disk.command:disk", "Encrypt, unlock and lock the data disk, and see to its keys."),
    "data-disk": (
        "disk.data_disk:data_disk",
        "See whether the data disk is there, and prepare a new one.",
    ),
    "verify": ("verify:verify", "Check recordings and the evidence log."),
    "prompts": ("prompts.command:prompts", "List what callers are told, and add the office's own words."),
    "people": ("people:people", "Invite people, confirm and vouch for them; recover a sign-in."),
    "keys": ("keys:keys", "Make the office key or the recovery key anew."),
    "desks": ("desks:desks", "Pair browsers at desks that may pause one extension's calls."),
    "config": ("settings.commands:config", "Show the settings in effect."),
    "retention": ("retention:retention", "Say how long recordings are kept, and what is due to go."),
    "archive": ("archive:archive", "See what is in the office's own storage, and fetch it back."),
    "backup": ("backup:backup", "Make and list backups: keyslots, catalogue, people, settings."),
    "restore": ("restore.command:restore", "Restore a whole office on another machine."),
    "settings": ("settings.commands:settings", "Export or import the settings as one TOML file."),
    "policy": ("policy.command:policy", "Say what would happen to a call, and which rule says so."),
    "certificate": (
        "network.certificate:certificate",
        "See, renew and change what the page proves itself with to browsers.",
    ),
    "firewall": (
        "network.firewall:firewall",
        "See and put in place the packet filter, and who is blocked.",
    ),
    "demo": ("demo.command:demo", "Run a demonstration office with one real call in it."),
    "update": ("update.command:update", "Update the whole box from a signed file, and go back."),
    "rights": ("rights:rights", "See and set who owns what on the box."),
    "health": ("health.command:health", "Say what is wrong, since when, and what to do."),
    "alerts": ("health.alerts:alerts", "Try where alerts go, and say that you know of what is wrong."),
    "doctor": ("doctor.command:doctor", "Check this machine and say what to do."),
}


class LazyGroup(click.Group):
    """A group that knows its subcommands' names and one-line helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = SUBCOMMANDS.get(cmd_name)
        if entry is None:
            return None
        module_name, _, function = entry[0].partition(":")
        command = getattr(_loaded(f"{__package__}.{module_name}"), function)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry[0]} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in SUBCOMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in sorted(exit_codes().items())])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EarmarkError as error:
            logging.getLogger("firmware.cli").debug("ended by", exc_info=True)
            click.echo(f"earmark: {error.what}", err=True)
            if error.remedy:
                click.echo(f"  What to do: {error.remedy}", err=True)
            ctx.exit(error.exit_code)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read our output has seen enough; click ends us quietly
            logging.getLogger("firmware.cli").debug("ended by", exc_info=True)
            click.echo(f"earmark: {error.filename or 'The system'}: {error.strerror or error}.", err=True)
            click.echo("  What to do: Check that it is there, and that you may use it.", err=True)
            ctx.exit(StorageError.exit_code)


def _loaded(name: str) -> ModuleType:
    """A module that stays while the program runs. To look through it for garbage would take a tenth of each start, and
    hold up the process for 40 ms in every full collection afterwards.
    """
    if name not in sys.modules:
        gc.disable()
        try:
            importlib.import_module(name)
        finally:
            gc.freeze()
            gc.enable()
    return sys.modules[name]


def exit_codes() -> dict[int, str]:
    """What each exit code of a command means; scripts go by them."""
    for module in ("firmware.adapters.control.wire_errors", "firmware.native.build"):
        importlib.import_module(module)  # each has one of the family to itself
    known = {
        0: "All went well.",
        1: "Checked, and something is wrong; or stopped by Ctrl-C.",
        2: "A mistake in the command line.",
        EarmarkError.exit_code: "Anything that has no code of its own.",
    }
    return known | {kind.exit_code: (kind.__doc__ or "").partition("\n")[0] for kind in _family(EarmarkError)}


def _family(kind: type[EarmarkError]) -> Iterator[type[EarmarkError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def default_home() -> Path:
    """``EARMARK_HOME``, else ``var`` of the clone we run from, else ``/var/lib/earmark``."""
    named = os.environ.get("EARMARK_HOME")
    if named:
        return Path(named)
    clone = Path(__file__).resolve().parents[2]
    return clone / "var" if (clone / "pyproject.toml").is_file() else Path("/var/lib/earmark")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="earmark")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Data folder. Default: EARMARK_HOME, or ./var of a clone, or /var/lib/earmark.",
)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
@click.pass_context
def cli(ctx: click.Context, home: Path | None, log_level: str) -> None:
    """Earmark records the office's phone calls, sealed so that the box itself cannot listen."""
    from firmware.config.log_format import configure_logging

    configure_logging(ctx.invoked_subcommand or "earmark", log_level)
    ctx.obj = Home((home or default_home()).resolve())


def main() -> None:
    """Entry point of the ``earmark`` command."""
    cli(prog_name="earmark")


if __name__ == "__main__":
    main()
