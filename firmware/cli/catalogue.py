"""``earmark catalogue rebuild``: the list of recordings, made anew from the sealed files and the evidence log."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pyrage

from firmware.adapters.catalogue.carrying_over import CarriedOver, carry_over, choose_again, holds_missing
from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.adapters.catalogue.restrictions import list_lost_holds
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.keys.listening_keys import identity_from
from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.sealing.sealed_words import SealedFileWords
from firmware.adapters.store.durable_files import storage_errors, sync_folder
from firmware.adapters.store.evidence_files import EvidenceFiles, EvidenceFilesReader
from firmware.adapters.store.evidence_looks import holds_in_evidence, unreleased_holds
from firmware.adapters.store.segment_ends import SegmentFileSummaries
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.cli.rights import put_right
from firmware.core.errors import DamagedEvidence, SettingsError
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.home import Home
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.segment_ends import WordsReader
from firmware.services.catalogue_rebuild import CatalogueRebuild, Entered, Rebuilt

_SOMETHING_LEFT_OUT = 1
_BESIDE = ("", "-wal", "-shm")


@click.group()
def catalogue() -> None:
    """Make the list of recordings anew."""


@catalogue.command()
@click.option("--with-recovery-key", is_flag=True, help="Ask for the recovery key, and read numbers and names, too.")
@click.pass_context
def rebuild(ctx: click.Context, with_recovery_key: bool) -> None:
    """Make the catalogue anew from the sealed files and the evidence log.

    Stop the recorder first. What only the catalogue knew (notes, holds, requests) is taken over from the old file as
    far as it can be read. Without the recovery key, recordings are listed without their parties. The old file is kept
    beside the new one. Exit status 1 when something could not be taken in.
    """
    home: Home = ctx.obj
    words = _words(home) if with_recovery_key else None
    with contextlib.closing(EvidenceFiles(home, load_device_key(home.device_key))) as log:
        fresh = home.catalogue.with_name("catalogue.db.new")
        _remove(fresh)
        entered = Entered.of(_sound_lines(home))
        rebuilt = _filled(home, fresh, words, entered)
        carried = carry_over(home.catalogue, fresh) if home.catalogue.exists() else None
        choose_again(fresh, entered.chosen)
        holds_lost, restrictions_lost = _holds_lost(home, fresh)
        set_aside = _put_in_place(home, fresh)
        log.enter([EvidenceEntry("catalogue-rebuilt", {"recordings": str(rebuilt.recordings)})])
    put_right(home)
    _tell(rebuilt, carried, set_aside)
    if holds_lost:
        click.echo(
            f"{holds_lost} legal holds are lost: the keeper erases nothing until they are placed anew, and somebody "
            f"says so: earmark retention holds-lost {holds_lost}; or a director releases them, on the page “Keeping”",
            err=True,
        )
    if restrictions_lost:
        click.echo(
            "Some of them restricted calls: nobody but a director may listen until a director has released these.",
            err=True,
        )
    ctx.exit(_SOMETHING_LEFT_OUT if holds_lost or _left_out(rebuilt, carried) else 0)


def _words(home: Home) -> WordsReader:
    keep_memory_private(overwrite_freed=True)
    if not sys.stdin.isatty():
        typed = sys.stdin.readline().strip()
    else:
        typed = str(click.prompt("Recovery key", hide_input=True, err=True)).strip()
    try:
        identity = identity_from(typed.upper().encode("ascii", "replace"))
    except pyrage.IdentityError as error:
        raise SettingsError("That is not a recovery key.", "It begins with AGE-SECRET-KEY-1.") from error
    if str(identity.to_public()) != home.recovery_public_key.read_text().strip():
        raise SettingsError("That is not this office's recovery key.", "Look at the date on the printed page.")
    return SealedFileWords(home, [identity])


def list_newer(home: Home, identity: pyrage.x25519.Identity) -> None:
    """List recordings whose files are here and whose rows are not: those made after the backup that was restored. The
    recorder does not run yet.

    Raises:
        StorageError: the catalogue cannot be read or written.
    """
    with contextlib.closing(CatalogueReader(home.catalogue)) as reader:
        listed = {row.recording_id for row in reader.every_segment()}
    entered = Entered.of(_sound_lines(home))
    with contextlib.closing(SqliteCatalogueWriter(home.catalogue)) as writer:
        words = SealedFileWords(home, [identity])
        work = CatalogueRebuild(SegmentFilesReader(home), SegmentFileSummaries(home), writer, words, listed)
        rebuilt = work.run(entered)
    choose_again(home.catalogue, {each: entered.chosen[each] for each in entered.chosen.keys() - listed})
    if rebuilt.recordings:
        click.echo(f"{rebuilt.recordings} recordings that were made after the backup are listed, as far as they tell.")
    for trouble in rebuilt.troubles:
        click.echo(f"Not listed: {trouble}", err=True)


def _filled(home: Home, fresh: Path, words: WordsReader | None, entered: Entered) -> Rebuilt:
    with contextlib.closing(SqliteCatalogueWriter(fresh)) as writer:
        work = CatalogueRebuild(SegmentFilesReader(home), SegmentFileSummaries(home), writer, words)
        return work.run(entered, _progress)


def _progress(recordings: int) -> None:
    click.echo(f"\r{recordings} recordings", nl=False, err=True)


def _sound_lines(home: Home) -> Iterator[EvidenceLine]:
    try:
        yield from EvidenceFilesReader(home).lines()
    except DamagedEvidence as error:
        click.echo(f"{error.what} What comes after is not gone by; earmark verify says more.", err=True)


def _holds_lost(home: Home, fresh: Path) -> tuple[int, bool]:
    """How many, and whether one of these restricts. They stand in the new catalogue, on nothing."""
    try:
        lost, unreleased = holds_missing(fresh, holds_in_evidence(home.evidence)), unreleased_holds(home.evidence)
    except DamagedEvidence as error:
        click.echo(f"{error.what} Until it can be read nothing is erased, and only directors listen.", err=True)
        return 0, False
    engine = open_beside_the_recorder(fresh)
    try:
        return lost, list_lost_holds(engine, fresh, unreleased)
    finally:
        engine.dispose()


def _put_in_place(home: Home, fresh: Path) -> Path | None:
    """By renames: a stop in between leaves the old files under their new names and the new one under its own."""
    set_aside = home.catalogue.with_name(f"catalogue.db.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    with storage_errors("renamed", home.catalogue):
        kept = home.catalogue.exists()
        for suffix in _BESIDE:
            beside = home.catalogue.with_name(home.catalogue.name + suffix)
            if beside.exists():
                beside.replace(set_aside.with_name(set_aside.name + suffix))
        fresh.replace(home.catalogue)
        sync_folder(home.catalogue.parent)
    return set_aside if kept else None


def _remove(fresh: Path) -> None:
    """Of a rebuild that was cut short."""
    for suffix in _BESIDE:
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)


def _left_out(rebuilt: Rebuilt, carried: CarriedOver | None) -> bool:
    return bool(rebuilt.troubles or rebuilt.erased_again or (carried and carried.unreadable))


def _tell(rebuilt: Rebuilt, carried: CarriedOver | None, set_aside: Path | None) -> None:
    click.echo(f"\r{rebuilt.recordings} recordings in {rebuilt.segments} files.")
    if rebuilt.unnamed:
        click.echo(
            f"{rebuilt.unnamed} of them without their parties: these open with the recovery key only. Those whose "
            "retention class is not known, either, are kept until it is."
        )
    for trouble in rebuilt.troubles:
        click.echo(f"Not taken in: {trouble}", err=True)
    for recording_id in rebuilt.erased_again:
        click.echo(f"Erased, yet its file is there: {recording_id}. It was left out; remove the file.", err=True)
    for table in carried.unreadable if carried else ():
        click.echo(f"Could not be read from the old catalogue: {table}. Take it from a backup.", err=True)
    if set_aside:
        click.echo(f"The old catalogue is {set_aside.name}; it names people: remove it when you are content.")
