"""A whole box from its backup and its archive, in an empty data folder: erasures first, so that erased stays erased."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from firmware.adapters.archive.opened_backup import OpenedBackup, open_backup
from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.keys.certificate import new_certificate, own_addresses, own_names
from firmware.adapters.keys.device_key import load_device_key, load_device_public_key, new_device_key
from firmware.adapters.keys.private_files import make_private_folder, write_new
from firmware.adapters.sealing.signed_note import read_note
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.durable_files import replace_file, sync_folder
from firmware.adapters.store.erasable_files import ErasableSegmentFiles
from firmware.adapters.store.evidence_files import EvidenceFiles, EvidenceFilesReader, day_files
from firmware.adapters.store.evidence_pieces import EvidencePieces, put_together
from firmware.cli.set_up import refuse_if_set_up
from firmware.core.archive_names import EVIDENCE, read_backup_name, read_note_name, read_piece_name
from firmware.core.entered_files import ERASED
from firmware.core.errors import DamagedEvidence, StorageAway, StorageError
from firmware.core.evidence_chain import Checkpoint, EvidenceFault, EvidenceLine
from firmware.core.home import Home
from firmware.ports.erasing import Erasure
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.remote_storage import RemoteStorage
from firmware.services.erasing import Erasing

#: Checkpoints of a box that is no more: its key is not the new one's, so they lie apart.
_EARLIER_NOTES = "checkpoints-of-the-box-before"
_WHOLE = "whole.json"


@dataclass(frozen=True)
class RestoredOffice:
    """``problem``: what is wrong with the evidence that was fetched, in a sentence; empty when it holds."""

    backup: str
    opened: OpenedBackup
    evidence_lines: int
    erased_again: int
    problem: str


@dataclass(frozen=True)
class Sources:
    """What an office is restored from. ``box_secret``: empty when it was not kept."""

    backups: RemoteStorage
    archive: RemoteStorage | None
    identity: pyrage.x25519.Identity
    box_secret: bytes = b""
    backup: str = ""


def restore_office(home: Home, sources: Sources, now: datetime) -> RestoredOffice:
    """Everything but the recordings. The office appears whole or not at all: what was cut short is begun anew.

    Raises:
        AlreadySetUp: there is an office already.
        StorageAway, DamagedBackup, StorageError: as they say.
    """
    draft = Home(home.root / ".restoring")
    if (whole := draft.root / _WHOLE).exists():  # only its last step was cut short
        restored = _read_restored(whole)
    else:
        shutil.rmtree(draft.root, ignore_errors=True)
        refuse_if_set_up(home)
        restored = _make_draft(draft, sources, now)
        replace_file(whole, json.dumps(asdict(restored)).encode())
    _put_in_place(home, draft)
    return restored


def _make_draft(draft: Home, sources: Sources, now: datetime) -> RestoredOffice:
    make_private_folder(draft.data)
    fetched = draft.root / "fetched"
    erased = _fetch_evidence(sources.archive, fetched, draft) if sources.archive else {}
    name = sources.backup or _newest(sources.backups)
    sources.backups.fetch([name], fetched)
    opened = open_backup(fetched / name, draft, sources.identity, erased)
    problem = _problem(draft, opened) if sources.archive else "There is no archive to take the evidence log from."
    erased_again = _erase_again(draft, erased, round(now.timestamp() * 1000))
    _finish_state(draft, sources.box_secret, now)
    lines = EvidencePieces(draft).last_line()
    _enter_restored(draft, name, lines)
    shutil.rmtree(fetched)
    shutil.rmtree(draft.keeper, ignore_errors=True)
    return RestoredOffice(name, opened, lines, erased_again, problem)


def _read_restored(whole: Path) -> RestoredOffice:
    document = json.loads(whole.read_bytes())
    return RestoredOffice(**{**document, "opened": OpenedBackup(**document["opened"])})


def _newest(backups: RemoteStorage) -> str:
    names = [each.name for each in backups.listed() if read_backup_name(each.name) is not None]
    if not names:
        raise StorageAway(f"There is no backup in {backups.shown}.", "Look at the remote's options and its folder.")
    return names[-1]


def _fetch_evidence(archive: RemoteStorage, fetched: Path, draft: Home) -> Mapping[str, EvidenceLine]:
    """The log and its checkpoints as far as they had left the box. Returns which recordings it says are erased."""
    names = [each.name for each in archive.listed(EVIDENCE)]
    archive.fetch(names, fetched)
    put_together(draft.evidence, [(piece, fetched / name) for name in names if (piece := read_piece_name(name))])
    make_private_folder(draft.evidence / _EARLIER_NOTES)
    for name in names:
        if (line := read_note_name(name)) is not None:
            shutil.copyfile(fetched / name, draft.evidence / _EARLIER_NOTES / f"{line}.note")
    return {line.subject.get("recording", ""): line for line in _sound_lines(draft) if line.kind == ERASED}


def _sound_lines(draft: Home) -> Iterator[EvidenceLine]:
    """Every line that can be read: what is erased must stay so even if the log is damaged elsewhere."""
    for path in day_files(draft.evidence):
        for text in path.read_text(encoding="ascii", errors="replace").splitlines(keepends=True):
            try:
                yield EvidenceLine.from_text(text)
            except EvidenceFault:
                continue


def _problem(draft: Home, opened: OpenedBackup) -> str:
    """What is wrong with the evidence, checked by the key of the box before."""
    try:
        ends = {line.number: line for line in EvidenceFilesReader(draft).lines()}
    except DamagedEvidence as error:
        return error.what
    if len(ends) < opened.evidence_lines:
        return f"The archive has {len(ends)} lines of evidence, and the box had {opened.evidence_lines} at the backup."
    notes = sorted((draft.evidence / _EARLIER_NOTES).glob("*.note"), key=lambda path: int(path.stem))
    if not notes:
        return ""
    name, public = load_device_public_key(draft.device_public_key)
    try:
        end = Checkpoint.from_text(read_note(notes[-1].read_text(encoding="utf-8"), name, public)).end
    except (EvidenceFault, UnicodeDecodeError) as fault:
        return f"The newest checkpoint in the archive does not verify: {fault}."
    following = ends.get(end.number + 1)
    if end.number > len(ends) or (following and following.previous != end.head):
        return f"The checkpoint of line {end.number} does not fit the evidence in the archive."
    return ""


class _AlreadyEntered:
    """``ErasureEvidence`` for what the log says is erased."""

    def erased(self, recordings: Sequence[Erasure]) -> None: ...


def _erase_again(draft: Home, erased: Mapping[str, EvidenceLine], now_ms: int) -> int:
    """What was erased after the backup was made goes from the catalogue, too. Returns how many recordings."""
    engine = open_for_writing(draft.catalogue)
    try:
        make_private_folder(draft.recordings)
        _order(draft.catalogue, erased, now_ms)
        rows = ErasureRows(engine, draft.catalogue)
        erasing = Erasing(ErasableSegmentFiles(draft), rows, _AlreadyEntered(), lambda: _committed(draft))
        return erasing.carry_out(now_ms)
    finally:
        engine.dispose()


def _committed(draft: Home) -> Iterator[tuple[str, str]]:
    return ((line.commitment, line.subject.get("recording", "")) for line in _sound_lines(draft) if line.commitment)


def _order(catalogue: Path, erased: Mapping[str, EvidenceLine], now_ms: int) -> None:
    with closing(sqlite3.connect(catalogue)) as database, database:
        for recording, line in erased.items():
            database.execute(
                "INSERT OR IGNORE INTO erasures (recording_id, started_at_ms, because, ordered_at_ms, state)"
                " SELECT id, started_at_ms, ?, ?, 'ordered' FROM recordings WHERE id = ?",
                (line.subject.get("because", "request"), now_ms, recording),
            )


def _finish_state(draft: Home, box_secret: bytes, now: datetime) -> None:
    """What no backup holds is made anew: the signing key, the box secret unless it was kept, the page's certificate."""
    for folder in (draft.keys, draft.box_secret.parent, draft.tls_key.parent, draft.prompts, draft.spool):
        make_private_folder(folder)
    earlier = len(list(draft.keys.glob("device.before-*.pub"))) + 1
    if draft.device_public_key.exists():
        draft.device_public_key.rename(draft.keys / f"device.before-{earlier}.pub")
    device = new_device_key("earmark-" + os.urandom(4).hex())
    write_new(draft.device_public_key, f"{device.public_text()}\n".encode())
    write_new(draft.device_key, f"{device.private_text()}\n".encode())
    write_new(draft.box_secret, box_secret or os.urandom(32))
    certificate = new_certificate(own_names(), own_addresses(), now)
    write_new(draft.tls_certificate, certificate.certificate)
    write_new(draft.tls_key, certificate.key)
    MarkedDataDisk(draft).prepare()


def _enter_restored(draft: Home, backup: str, lines: int) -> None:
    key = load_device_key(draft.device_key)
    digest = hashlib.sha256(key.public_text().encode()).hexdigest()
    with closing(EvidenceFiles(draft, key, lambda: datetime.now(UTC))) as log:
        log.enter([EvidenceEntry("restored", {"backup": backup, "lines": str(lines), "device": digest})])


def _put_in_place(home: Home, draft: Home) -> None:
    """Each step may have been done before: a restore that was killed in here is finished by the next."""
    try:
        make_private_folder(home.run)
        for made, place in ((draft.data, home.data), (draft.state, home.state)):
            if made.exists():
                made.rename(place)
                sync_folder(home.root)
        shutil.rmtree(draft.root)
        sync_folder(home.root)
    except OSError as error:
        raise StorageError(
            f"The office cannot be put in place in {home.root}: {error.strerror}.", "Check the folder and its disk."
        ) from error
