"""``earmark init``: set up an office, and tell once what is told only once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from firmware.adapters.keys.private_files import new_file_with_room, write_new
from firmware.adapters.keys.recovery_page import RecoveryPage
from firmware.cli.demo.office import DEMO_PEOPLE, SIGN_IN_FILE, demo_settings
from firmware.cli.recovery_key import show_recovery_key, type_again
from firmware.cli.rights import put_right
from firmware.cli.set_up.making import NewOffice, refuse_if_set_up, set_up_office
from firmware.config.settings_model import OfficeSettings, Settings
from firmware.core.access_policy import Role
from firmware.core.home import Home
from firmware.core.people import is_person_name

_RECOVERY_KEY_BYTES = len("AGE-SECRET-KEY-1") + 58 + len("\n")
_NEW_FILE = click.Path(path_type=Path, dir_okay=False)


def _person_name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not is_person_name(value):
        raise click.BadParameter("a sign-in name has small letters, digits, '.', '_' and '-', and at most 32 of them.")
    return value


@click.command()
@click.option("--demo", is_flag=True, help="A demonstration office on loopback: a SIP line, the generator line.")
@click.option("--office-name", default="Office", show_default=True, help="Shown at the top of every page.")
@click.option("--director", default="director", show_default=True, callback=_person_name, help="The first director.")
@click.option(
    "--recovery-page",
    type=_NEW_FILE,
    help="Write the recovery key to this new PDF, made to be printed; print it, and move the file off this machine.",
)
@click.option(
    "--recovery-key-out",
    type=_NEW_FILE,
    help="Write the recovery key's text to this new file instead of showing it; move the file off this machine.",
)
@click.pass_obj
def init(
    home: Home, demo: bool, office_name: str, director: str, recovery_page: Path | None, recovery_key_out: Path | None
) -> None:
    """Set up an office: make its keys, with its first director alone, and its settings.

    Other people are invited by the director, and choose their own pass phrases. The director's pass phrase and the
    recovery key are told once and kept nowhere. An office that is there already is left alone.
    """
    refuse_if_set_up(home)
    shown_to_a_person, files = sys.stdout.isatty(), [each for each in (recovery_page, recovery_key_out) if each]
    if not (demo or shown_to_a_person or files):
        raise click.UsageError("This is no terminal: say where the recovery key goes with --recovery-page FILE.")
    if any(path.resolve().is_relative_to(home.root) for path in files):
        raise click.UsageError("The recovery key must lie outside the data folder; best on a stick for the safe.")
    settings = demo_settings() if demo else Settings(office=OfficeSettings(name=office_name))
    people = DEMO_PEOPLE if demo else ((director, Role.DIRECTOR),)
    now = datetime.now(UTC)
    with _recovery_key_files(recovery_page, recovery_key_out) as (keep_page, keep_text):
        office = set_up_office(home, settings, people, now)
        put_right(home)
        keep_text(f"{office.recovery_key}\n".encode("ascii"))
        if recovery_page is not None:
            keep_page(RecoveryPage(settings.office.name, office.recovery_key, now.date()).to_pdf())
    _tell_sign_ins(home, office, demo, settings)
    _tell_recovery_key(office, files, shown_to_a_person)


@contextmanager
def _recovery_key_files(
    page: Path | None, text: Path | None
) -> Iterator[tuple[Callable[[bytes], None], Callable[[bytes], None]]]:
    """Made before any key is: an office whose recovery key could not be told must not be used."""
    with ExitStack() as stack:

        def writer(path: Path | None, size: int) -> Callable[[bytes], None]:
            return (lambda content: None) if path is None else stack.enter_context(new_file_with_room(path, size))

        yield writer(page, 1), writer(text, _RECOVERY_KEY_BYTES)


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
    else:
        click.echo("Everybody else is invited: on the page under People, or with: earmark people invite NAME")
    click.echo(f"The page will be at {scheme}://{_page_address(settings)} once the processes run.\n")


def _page_address(settings: Settings) -> str:
    host, _, port = settings.web.bind.rpartition(":")
    return f"localhost:{port}" if host in ("0.0.0.0", "127.0.0.1", "[::]", "[::1]") else settings.web.bind  # noqa: S104


def _tell_recovery_key(office: NewOffice, files: list[Path], shown_to_a_person: bool) -> None:
    for path in files:
        click.echo(f"The recovery key is in {path}. Print it, put it in the safe, and remove the file.")
    if not files and shown_to_a_person:
        show_recovery_key(office.recovery_key)
    elif not files:
        click.echo("This demonstration's recovery key was not kept, as nobody is at a terminal to write it down.")
    if shown_to_a_person and sys.stdin.isatty():
        type_again(office.recovery_key)
