"""``earmark restore``: a whole office on another machine, from its backup and its archive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import pyrage

from firmware.adapters.archive.rclone import RcloneStorage
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.keys.private_files import read_key_file
from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.keys.recovery_words import recovery_identity
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.archive import fetch_and_tell
from firmware.cli.catalogue import list_newer
from firmware.cli.recovery_key import read_recovery_key
from firmware.cli.restore.restoring import RestoredOffice, Sources, Unvouched, restore_office
from firmware.cli.rights import put_right
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import read_toml_file
from firmware.core.errors import DamagedBackup, SettingsError
from firmware.core.home import Home
from firmware.core.recipients import fingerprint

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("places", type=_FILE)
@click.option("--recovery-key-file", type=_FILE, help="The recovery key's text or words; it is asked for otherwise.")
@click.option("--box-secret", type=_FILE, help="What earmark backup now --with-box-secret wrote.")
@click.option("--backup", "backup_name", default="", metavar="NAME", help="Which backup; the newest otherwise.")
@click.option(
    "--unvouched-erasures",
    type=click.Choice([each.value for each in Unvouched]),
    default=Unvouched.ASK.value,
    help="What to make of erasures that no signed checkpoint vouches for; it stops and asks otherwise.",
)
@click.option("--without-recordings", is_flag=True, help="Fetch none now; later with: earmark archive fetch")
@click.pass_obj
def restore(
    home: Home,
    places: Path,
    recovery_key_file: Path | None,
    box_secret: Path | None,
    backup_name: str,
    unvouched_erasures: str,
    without_recordings: bool,
) -> None:
    """Restore a whole office into an empty data folder, with its recovery key.

    PLACES is a TOML file with the sections [archive] and [backup] as in the office's settings (an exported settings
    file will do): where archive and backups lie. What was erased stays erased, also where the backup still holds its
    key. Nothing starts before this is done; do not run the old box and the new one together.
    """
    keep_memory_private(overwrite_freed=True)
    identity = recovery_identity(read_recovery_key(recovery_key_file))
    secret = _opened_secret(box_secret, identity) if box_secret else b""
    with _storages(home, places) as (archive, backups):
        sources = Sources(backups, archive, identity, secret, backup_name, Unvouched(unvouched_erasures))
        restored = restore_office(home, sources, datetime.now(UTC))
        _tell(home, restored, bool(secret))
        if archive is not None and not without_recordings:
            click.echo("Recordings come from the archive. Should this be cut short: earmark archive fetch --all")
            fetch_and_tell(home, archive, None)
            list_newer(home, identity)
        put_right(home)


@contextmanager
def _storages(home: Home, places: Path) -> Iterator[tuple[RcloneStorage | None, RcloneStorage]]:
    """With a folder for what rclone must know of them, passwords among it, which is gone afterwards."""
    settings = _read(places)
    work = home.root / ".restoring-from"
    remote = settings.backup.remote or settings.archive.remote
    if not remote:
        raise SettingsError(
            f"{places} names no place where backups lie.", "Give it [backup.remote] or [archive.remote]."
        )
    archive = RcloneStorage(settings.archive.remote, settings.archive.path, work) if settings.archive.remote else None
    try:
        yield archive, RcloneStorage(remote, settings.backup.path, work, tries=5)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _read(places: Path) -> Settings:
    return read_toml_file(places, PhoneNumbers, lambda settings, prompt: "")


def _opened_secret(path: Path, identity: pyrage.x25519.Identity) -> bytes:
    try:
        return bytes(pyrage.decrypt(read_key_file(path), [identity]))
    except pyrage.DecryptError:
        raise DamagedBackup(
            f"{path} does not open with this recovery key.", "Restore without it, or give the file that belongs to it."
        ) from None


def _tell(home: Home, restored: RestoredOffice, old_pass_phrases_hold: bool) -> None:
    begun = datetime.fromtimestamp(restored.opened.begun_at_ms / 1000, UTC)
    click.echo(f"The office is restored in {home.root}, from the backup of {begun:%Y-%m-%d %H:%M} UTC.")
    click.echo(f"Evidence goes on after line {restored.evidence_lines}, signed by a key of this box's own.")
    click.echo(f"{restored.opened.keyslots} keyslots are back, and {restored.newer_keyslots} that were sent since.")
    stay = max(restored.opened.kept_erased, restored.erased_again)
    if stay:
        click.echo(f"{stay} keyslots or recordings that the backup still held are erased, and stay so.")
    if restored.doubted:
        click.echo(f"{restored.doubted} recordings are back of which the evidence says that they were erased.")
    click.echo(
        f"Recordings are sealed to the office key {fingerprint(PublicKeyFiles(home).read().office)} from now on."
    )
    for problem in restored.problems:
        click.echo(f"Look into this: {problem}", err=True)
    if old_pass_phrases_hold:
        click.echo("People sign in with their old pass phrases.")
    else:
        click.echo(
            "No old pass phrase holds, for the box secret is in no backup. Start the box, let one listener in by the\n"
            "recovery key (earmark people recover NAME), and have them invite everybody else again."
        )
    click.echo("Lines of the old box are set as they were: check them before the office calls through this one.")
