"""``earmark keys``: the office key and the recovery key, made anew by a director at a terminal of the box."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import pyrage

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.private_files import new_file_with_room
from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.keys.recovery_page import RecoveryPage
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.people import sign_in_at_terminal, signs_in
from firmware.cli.recovery_key import show_recovery_key, type_again
from firmware.config.loader import load_settings
from firmware.core.errors import StorageError
from firmware.core.home import Home

_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 1.0


@click.group()
def keys() -> None:
    """Make the office key or the recovery key anew.

    A director does this, at a terminal of the box, while opener and recorder run.
    """


@keys.command()
@signs_in
@click.pass_obj
def rotate(home: Home, user: str) -> None:
    """Make a new office key, for recordings from now on.

    It is sealed to everybody whom a holder of the present one admitted, and to the recovery key. Old recordings stay
    readable to them. Do this when a listener has left, or when somebody else may know a listener's sign-in.
    """
    with _signed_in(home, user) as (client, token):
        done = client.post("/keys/rotate", {}, token=token)
    click.echo(f"Recordings from now on are sealed to office key {done['epoch']}.")
    click.echo(f"It is sealed to: {', '.join(done['holders'])}. Old recordings stay readable to them.")
    if done["left_out"]:
        click.echo(
            f"NOT to {', '.join(done['left_out'])}: no holder admitted them. Find out who made them one.", err=True
        )
    click.echo("Make a backup now, so that it is in one: earmark backup now")


@keys.command("new-recovery-key")
@signs_in
@click.option(
    "--recovery-page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this new PDF, made to be printed, instead of showing it; print it, and move the file away.",
)
@click.pass_obj
def new_recovery_key(home: Home, user: str, recovery_page: Path | None) -> None:
    """Make a new recovery key.

    The old page opens nothing of what is kept here any more: do this when it was lost, or seen by somebody who should
    not have. The new one is shown or written first; then every recording's keyslot is wrapped to it, which takes
    minutes for many recordings. Keep the old page until this says that it is done, and as long as there are backups
    from before.
    """
    if recovery_page is None and not sys.stdout.isatty():
        raise click.UsageError("This is no terminal: say where the new key goes with --recovery-page FILE.")
    if recovery_page is not None and recovery_page.resolve().is_relative_to(home.root):
        raise click.UsageError("The recovery key must lie outside the data folder; best on a stick for the safe.")
    keep_memory_private(overwrite_freed=True)
    with _signed_in(home, user) as (client, token):
        key = pyrage.x25519.Identity.generate()
        _hand_over(home, str(key), recovery_page)
        client.post("/keys/recovery", {"public_key": str(key.to_public())}, token=token)
        click.echo("Recordings from now on are sealed to the new recovery key. Those from before follow:")
        _follow(client, token)


@keys.command()
@signs_in
@click.pass_obj
def rewrap(home: Home, user: str) -> None:
    """Go on where new-recovery-key was cut short.

    It wraps the remaining keyslots to the new recovery key.
    """
    with _signed_in(home, user) as (client, token):
        client.post("/keys/rewrap", {}, token=token)
        _follow(client, token)


def _hand_over(home: Home, key: str, page: Path | None) -> None:
    """Before it counts: a recovery key that nobody has must never be sealed to."""
    if page is None:
        show_recovery_key(key)
        type_again(key)
        return
    office = load_settings(SettingsFile(home.settings_file)).office.name
    with new_file_with_room(page, 1) as keep:
        keep(RecoveryPage(office, key, datetime.now(UTC).date()).to_pdf())
    click.echo(f"The new recovery key is in {page}. Print it, put it in the safe, and remove the file.")


def _follow(client: ControlClient, token: str) -> None:
    """Show how it goes; looking keeps the sign-in alive."""
    while (now := client.get("/keys/rewrap", token=token))["state"] == "going-on":
        click.echo(f"\r{now['done']} keyslots", nl=False, err=True)
        time.sleep(_LOOK_EVERY_S)  # it takes minutes, and nothing tells when
    if now["state"] == "waiting":
        what = f"It stopped after {now['done']} keyslots: {now['trouble']}"
        raise StorageError(what, "Go on with: earmark keys rewrap")
    click.echo(f"Done: {now['done']} keyslots are wrapped to the new recovery key.")
    if now["left_out"]:
        click.echo(f"{now['left_out']} could not be opened and are as they were; see the opener's log.", err=True)
    click.echo("Make a backup now. The old page still opens backups from before, until these are deleted in 30 days.")


@contextmanager
def _signed_in(home: Home, user: str) -> Iterator[tuple[ControlClient, str]]:
    client = ControlClient(home.opener_socket, _TIMEOUT_S)
    token = sign_in_at_terminal(client, user)
    try:
        yield client, token
    finally:
        client.post("/sign-out", {"token": token})
