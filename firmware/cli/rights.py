"""``earmark rights``: who owns what on the box, and putting it right after work as root."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.rights import has_box_users, make_folders_of, set_rights, wrong_rights
from firmware.cli.text_table import text_table
from firmware.core.errors import NotAllowed, NotSetUp
from firmware.core.home import Home
from firmware.core.rights import DATA, PLACES, STATE, Place


@click.group()
def rights() -> None:
    """See and set who may read and write what, where each process has a user of its own."""


@rights.command()
def show() -> None:
    """Show the table."""
    rows = [
        (place.path or "/", place.user, place.group_name, f"{place.mode:04o}", ", ".join(place.writes), place.what)
        for place in PLACES
    ]
    click.echo(text_table(("path", "owner", "group", "mode", "who writes", "what"), rows))


@rights.command()
@click.pass_obj
def apply(home: Home) -> None:
    """Set owners and modes as the table has them. Needs root."""
    if os.geteuid() != 0 or not has_box_users():
        raise NotAllowed(
            "Only root gives files away, and only where the box's users exist.",
            "In a clone everything belongs to whoever runs it; on the box, run it with sudo.",
        )
    click.echo(f"{put_right(home)} files and folders were put right.")


@rights.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Say what is not as the table has it. Exit status 1 when something is not."""
    home: Home = ctx.obj
    found = wrong_rights(home, places_there(home))
    for each in found:
        click.echo(f"{each.path}: {each.is_now}, should be {each.should_be}")
    ctx.exit(1 if found else 0)


def put_right(home: Home, *, every_recording: bool = True) -> int:
    """The state, and the data disk where it is this office's. Does nothing on a machine without the box's users, or
    when not run by root.

    Args:
        every_recording: also each file of six years, which takes minutes; without it the folders at the top alone.

    Raises:
        StorageError: it cannot be done.
    """
    if os.geteuid() != 0 or not has_box_users():
        return 0
    places = [each for each in places_there(home) if every_recording or "**" not in each.path]
    with storage_errors("put right", home.root):
        make_folders_of(home, places)
        return set_rights(home, places)


def places_there(home: Home) -> Sequence[Place]:
    """A mount point whose disk is away is left as it is."""
    try:
        prepared = not MarkedDataDisk(home).look()
    except NotSetUp:
        prepared = False
    return STATE + DATA if prepared else STATE
