"""``earmark init``: set up an office, and tell once what is told only once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click

from firmware.adapters.keys.private_files import new_file_with_room, write_new
from firmware.cli.demo_office import SIGN_IN_FILE, demo_settings
from firmware.cli.set_up import NewOffice, refuse_if_set_up, set_up_office
from firmware.config.settings_model import OfficeSettings, Settings
from firmware.core.access_policy import Role
from firmware.core.home import Home
from firmware.core.people import is_person_name

_RECOVERY_KEY_BYTES = len("AGE-SECRET-KEY-1") + 58 + len("\n")


def _person_name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not is_person_name(value):
        raise click.BadParameter("a sign-in name has small letters, digits, '.', '_' and '-', and at most 32 of them.")
    return value


@click.command()
@click.option("--demo", is_flag=True, help="A demonstration office on loopback: a SIP line, the generator line.")
@click.option("--office-name", default="Office", show_default=True, help="Shown at the top of every page.")
@click.option("--administrator", default="admin", show_default=True, callback=_person_name, help="First administrator.")
@click.option("--listener", default="listener", show_default=True, callback=_person_name, help="First listener.")
@click.option(
    "--recovery-key-out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the recovery key to this new file instead of showing it; move the file off this machine.",
)
@click.pass_obj
def init(
    home: Home, demo: bool, office_name: str, administrator: str, listener: str, recovery_key_out: Path | None
) -> None:
    """Set up an office: make its keys, its first administrator and listener, and its settings.

    Pass phrases and the recovery key are told once and kept nowhere. An office that is there already is left alone.
    """
    refuse_if_set_up(home)
    shown_to_a_person = sys.stdout.isatty()
    if not (demo or shown_to_a_person or recovery_key_out):
        raise click.UsageError("This is no terminal: say where the recovery key goes with --recovery-key-out FILE.")
    if administrator == listener:
        raise click.UsageError("The administrator hears nothing, so the listener must be another name.")
    if recovery_key_out is not None and recovery_key_out.resolve().is_relative_to(home.root):
        raise click.UsageError("The recovery key must lie outside the data folder; best on a stick for the safe.")
    settings = demo_settings() if demo else Settings(office=OfficeSettings(name=office_name))
    people = ((administrator, Role.ADMINISTRATOR), (listener, Role.SERVICES_MANAGER))
    with _recovery_key_file(recovery_key_out) as keep:
        office = set_up_office(home, settings, people, datetime.now(UTC))
        keep(f"{office.recovery_key}\n".encode("ascii"))
    _tell_sign_ins(home, office, demo, settings)
    _tell_recovery_key(office, recovery_key_out, shown_to_a_person)


def _recovery_key_file(path: Path | None) -> AbstractContextManager[Callable[[bytes], None]]:
    """Made before any key is: an office whose recovery key could not be told must not be used."""
    return nullcontext(lambda key: None) if path is None else new_file_with_room(path, _RECOVERY_KEY_BYTES)


def _tell_sign_ins(home: Home, office: NewOffice, demo: bool, settings: Settings) -> None:
    scheme = "https" if settings.web.tls else "http"
    width = max(len(person.name) for person in office.people)
    click.echo(f"An office is set up in {home.root}.\n")
    click.echo("Sign-ins. Each pass phrase is shown this once; give it to its person alone:\n")
    sign_ins = "".join(
        f"  {person.name:<{width}}  {person.pass_phrase}   ({person.role.value})\n" for person in office.people
    )
    click.echo(sign_ins)
    if demo:
        path = home.root / SIGN_IN_FILE
        path.unlink(missing_ok=True)
        lines = "".join(f"{person.name}: {person.pass_phrase}\n" for person in office.people)
        write_new(path, lines.encode())
        click.echo(f"Because this is a demonstration, they are also kept in {path} (for you alone: mode 600).")
    click.echo(f"The page will be at {scheme}://{_page_address(settings)} once the processes run.\n")


def _page_address(settings: Settings) -> str:
    host, _, port = settings.web.bind.rpartition(":")
    return f"localhost:{port}" if host in ("0.0.0.0", "127.0.0.1", "[::]", "[::1]") else settings.web.bind  # noqa: S104


def _tell_recovery_key(office: NewOffice, out: Path | None, shown_to_a_person: bool) -> None:
    if out is not None:
        click.echo(f"The recovery key is in {out}. Print it, put it in the safe, and remove the file.")
    elif shown_to_a_person:
        click.echo("The recovery key opens every recording when all pass phrases are lost. It is shown this once and")
        click.echo("kept nowhere. Write it down or print it, and put it in the safe:\n")
        click.echo(f"  {office.recovery_key}\n")
    else:
        click.echo("This demonstration's recovery key was not kept, as nobody is at a terminal to write it down.")
