"""``earmark archive``: what lies in the office's own storage, whether it answers, and recordings back from it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from firmware.adapters.archive.rclone import RcloneStorage
from firmware.adapters.catalogue.archiving import ArchiveRows
from firmware.adapters.catalogue.database import open_for_reading
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_looks import readable_lines
from firmware.adapters.store.fetched_segments import FetchedSegments
from firmware.cli.office_storage import archive_storage
from firmware.config.loader import load_settings
from firmware.core.archive_names import CHECKPOINTS, LINES, read_note_name, read_piece_name
from firmware.core.entered_files import EnteredFiles
from firmware.core.errors import NoPlaceElsewhere, StorageAway
from firmware.core.home import Home
from firmware.services.fetching import Fetched, fetch_recordings

_PROBE = "earmark-test-of-the-archive"


@click.group()
def archive() -> None:
    """Look after the copies of sealed recordings in the office's own storage.

    Where they go is set in [archive]: the options of one rclone storage (sftp, smb, s3, webdav, onedrive …). The keeper
    sends closed recordings there by itself, sealed as they are, and the evidence log with its checkpoints.
    """


@archive.command()
@click.pass_obj
def status(home: Home) -> None:
    """Say how much of what is here is in the archive. It asks the catalogue, not the storage."""
    storage = _storage(home)
    engine = open_for_reading(home.catalogue)
    try:
        rows = ArchiveRows(engine, home.catalogue)
        there, waiting, last_ms = rows.counts(storage.identity)
        line = read_piece_name(rows.newest_name(storage.identity, LINES))
        note = read_note_name(rows.newest_name(storage.identity, CHECKPOINTS))
    finally:
        engine.dispose()
    click.echo(f"Archive: {storage.shown}")
    click.echo(f"Sealed files there: {there}, each looked at after its upload. Waiting: {waiting}.")
    click.echo(f"Evidence there: up to line {line.last if line else 0}; newest checkpoint: line {note or 0}.")
    if last_ms:
        click.echo(f"The last upload was verified at {datetime.fromtimestamp(last_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC.")


@archive.command()
@click.pass_obj
def test(home: Home) -> None:
    """Send a small file to the archive, look at it there, and remove it: whether the storage does what is needed."""
    storage = _storage(home)
    probe = home.keeper / _PROBE
    probe.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe.write_text("Earmark tests whether this storage can be written. This file may be removed.\n")
    try:
        uploaded = storage.upload({_PROBE: probe})
    finally:
        probe.unlink()
    if uploaded.problem:
        raise StorageAway(
            f"A file could not be put into {storage.shown}: {uploaded.problem}.",
            "Check the remote's options in [archive], and that the storage is reached from this box.",
        )
    storage.delete(_PROBE)
    click.echo(f"{storage.shown}: a file could be put there, was the same there as here, and could be removed.")


@archive.command()
@click.argument("recording_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are not here and not erased.")
@click.pass_obj
def fetch(home: Home, recording_ids: tuple[str, ...], everything: bool) -> None:
    """Bring sealed recordings back from the archive to where they belong.

    After a restore, for instance. Each must be what the evidence log says it is. It may be stopped and started again.
    """
    if bool(recording_ids) == everything:
        raise click.UsageError("Name recordings by their ids, or say --all.")
    fetch_and_tell(home, _storage(home), set(recording_ids) or None)


def fetch_and_tell(home: Home, storage: RcloneStorage, wanted: set[str] | None) -> Fetched:
    """Raises StorageAway or StorageError as ``fetch_recordings``."""
    entered, places = EnteredFiles(), FetchedSegments(home)
    for line in readable_lines(home.evidence):
        entered.take(line)
    try:
        done = fetch_recordings(storage, places, entered, wanted, _progress)
    finally:
        places.done()
    click.echo(f"{done.fetched} sealed files are back from the archive; {done.here_already} were here already.")
    if done.erased:
        click.echo(f"{done.erased} are of erased recordings and stay away.")
    if done.without_keyslot:
        click.echo(
            f"{done.without_keyslot} have no keyslot here, so nobody could open them: they were recorded after the "
            "last backup, and after keyslots were last sent."
        )
    for name in done.altered:
        click.echo(f"Not taken, for it is not what the evidence log says it was: {name}", err=True)
    return done


def _progress(count: int) -> None:
    click.echo(f"{count} fetched", err=True)


def _storage(home: Home) -> RcloneStorage:
    storage = archive_storage(home, load_settings(SettingsFile(home.settings_file)), "command")
    if storage is None:
        raise NoPlaceElsewhere(
            "The settings name no archive.",
            "Set [archive.remote], with type and address: earmark settings export, edit, earmark settings import.",
        )
    return storage
