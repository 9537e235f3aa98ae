"""``earmark data-disk``: whether the disk that holds recordings is there, and making a new one this office's."""

from __future__ import annotations

import click

from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.cli.rights import put_right
from firmware.core.home import Home


@click.group("data-disk")
def data_disk() -> None:
    """See to the disk that holds recordings, catalogue and evidence."""


@data_disk.command()
@click.pass_obj
def status(home: Home) -> None:
    """Say whether the data disk is there."""
    click.echo(MarkedDataDisk(home).look() or f"The data disk is there: {home.data}.")


@data_disk.command()
@click.pass_obj
def prepare(home: Home) -> None:
    """Mark what lies at the data folder now as this office's data disk.

    For a new disk, once it is unlocked and mounted. A recorder that runs records to it within seconds.
    """
    MarkedDataDisk(home).prepare()
    put_right(home)
    click.echo(f"{home.data} is this office's data disk.")
