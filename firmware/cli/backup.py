"""``earmark backup``: what the archive lacks, sealed, for thirty days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from firmware.adapters.archive.opened_backup import seal_box_secret
from firmware.adapters.archive.rclone import RcloneStorage
from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import parse_recipient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.office_storage import backup_storage
from firmware.config.loader import load_settings
from firmware.core.archive_names import read_backup_name, read_keyslots_name
from firmware.core.errors import NoPlaceElsewhere
from firmware.core.home import Home


@click.group()
def backup() -> None:
    """Keep what a lost box could not be restored without: keyslots, catalogue, people and settings.

    The keeper makes a backup every day at [backup] at, sealed to the office key and the recovery key, and sends the
    keyslots made since every hour. What is older than thirty days it deletes: that holds keys of what was erased since.
    """


@backup.command()
@click.option(
    "--with-box-secret",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the box secret to this new file, sealed to the recovery key; keep it apart from the backups. With "
    "it, old pass phrases hold on a restored box; without it, one listener comes back in by the recovery key.",
)
@click.pass_obj
def now(home: Home, with_box_secret: Path | None) -> None:
    """Have the keeper make a backup now. It runs beside this command; see: earmark backup list"""
    if with_box_secret is not None:
        recovery = parse_recipient(PublicKeyFiles(home).read().recovery, "recovery")
        seal_box_secret(home, with_box_secret, recovery)
        click.echo(f"The box secret is in {with_box_secret}, for the recovery key alone. Keep it off this box.")
    client = ControlClient(home.keeper_socket)
    client.post("/backup/now", {})
    client.post("/look-now", {})
    click.echo("The keeper makes a backup now. What goes wrong is on the health page and in: earmark doctor")


@backup.command("list")
@click.pass_obj
def list_backups(home: Home) -> None:
    """List the backups that lie in the office's storage, newest last."""
    storage = _storage(home)
    everything = storage.listed()
    found = [each for each in everything if read_backup_name(each.name) is not None]
    click.echo(f"Backups: {storage.shown}")
    for each in found:
        begun = datetime.fromtimestamp((read_backup_name(each.name) or 0) / 1000, UTC)
        click.echo(f"  {each.name}  {each.size / 1_000_000:8.1f} MB  made {begun:%Y-%m-%d %H:%M} UTC")
    if not found:
        click.echo("  none")
    sent = [piece for each in everything if (piece := read_keyslots_name(each.name)) is not None]
    if sent:
        newest = datetime.fromtimestamp(max(piece.begun_at_ms for piece in sent) / 1000, UTC)
        click.echo(f"Keyslots between them, sent each hour: {len(sent)}, the newest {newest:%Y-%m-%d %H:%M} UTC")


def _storage(home: Home) -> RcloneStorage:
    storage = backup_storage(home, load_settings(SettingsFile(home.settings_file)), "command")
    if storage is None:
        raise NoPlaceElsewhere("The settings name no place for backups.", "Set [backup.remote] or [archive.remote].")
    return storage
