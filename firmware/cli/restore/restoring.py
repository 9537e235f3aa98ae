"""A whole box from its backup and its archive, in an empty data folder: erasures first, so that erased stays erased."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import pyrage

from firmware.adapters.archive.opened_backup import OpenedBackup, open_backup
from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.keys.device_key import load_device_key, new_device_key
from firmware.adapters.keys.private_files import make_private_folder, write_new
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.durable_files import replace_file, sync_folder
from firmware.adapters.store.erasable_files import ErasableSegmentFiles
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.evidence_looks import commitments_about_recordings
from firmware.adapters.store.evidence_pieces import EvidencePieces
from firmware.cli.restore.chosen_backup import BackupShelf, SentKeyslots
from firmware.cli.restore.evidence import JudgedEvidence, RestoredEvidence, no_evidence
from firmware.cli.restore.keys import doubts_of_keys
from firmware.cli.set_up.making import is_locked, refuse_if_set_up
from firmware.cli.set_up.moving_in import move_in
from firmware.core.entered_files import ERASED, ERASURE_DOUBTED
from firmware.core.errors import DamagedEvidence, StorageError
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.home import Home
from firmware.ports.erasing import Erasure
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.remote_storage import RemoteStorage
from firmware.services.erasing import Erasing

_SHOWN = 5
_WHOLE = "whole.json"
_DRAFT = ".restoring"


@dataclass(frozen=True)
class RestoredOffice:
    """``newer_keyslots``: how many were sent after the backup; ``doubted``: erasures that were not believed;
    ``problems``: what is wrong with what was fetched, in sentences.
    """

    backup: str
    opened: OpenedBackup
    newer_keyslots: int
    evidence_lines: int
    erased_again: int
    doubted: int
    problems: tuple[str, ...]


class Unvouched(Enum):
    """What to make of erasures that no signed checkpoint vouches for."""

    ASK = "ask"
    BELIEVE = "believe"
    DOUBT = "doubt"


@dataclass(frozen=True)
class Sources:
    """What an office is restored from. ``box_secret``: empty when it was not kept; ``backup``: empty for the newest."""

    backups: RemoteStorage
    archive: RemoteStorage | None
    identity: pyrage.x25519.Identity
    box_secret: bytes = b""
    backup: str = ""
    unvouched: Unvouched = Unvouched.ASK


def restore_office(home: Home, sources: Sources, now: datetime) -> RestoredOffice:
    """Everything but the recordings. The office appears whole or not at all: what was cut short is begun anew.

    Raises:
        AlreadySetUp: there is an office already.
        StorageAway, DamagedBackup, StorageError: as they say.
        DamagedEvidence: it says that recordings are erased, and nothing vouches for that: somebody must decide.
    """
    draft = Home(home.root / _DRAFT)
    if (whole := draft.root / _WHOLE).exists():  # only its last step was cut short
        restored = _read_restored(whole)
    else:
        for earlier in (home.data / _DRAFT, draft.root):
            shutil.rmtree(earlier, ignore_errors=True)
        refuse_if_set_up(home)
        if is_locked(home):
            raise StorageError("The data disk is locked.", "Unlock it first: earmark disk open.")
        _make_place_for_data(home, draft)
        restored = _make_draft(draft, sources, now)
        replace_file(whole, json.dumps(asdict(restored)).encode())
    _put_in_place(home, draft)
    return restored


def _make_place_for_data(home: Home, draft: Home) -> None:
    """On the file system where it is to stay: nothing is renamed from one to another, and the state's is small."""
    if not home.data.is_mount():
        make_private_folder(draft.data)
        return
    make_private_folder(home.data / _DRAFT)
    make_private_folder(draft.root)
    draft.data.symlink_to(home.data / _DRAFT)


def _make_draft(draft: Home, sources: Sources, now: datetime) -> RestoredOffice:
    fetched = draft.data / "fetched"
    found = _found(draft, fetched, sources)
    doubted = _doubted(found, sources.unvouched)
    erased = {each: told.line for each, told in found.evidence.erased.items() if each not in doubted}
    opened = open_backup(found.path, draft, sources.identity, erased)
    newer = sum(found.shelf.lay_keyslots(sent, draft, frozenset(erased), found.evidence) for sent in found.sent_after)
    erased_again = _erase_again(draft, erased, round(now.timestamp() * 1000))
    _finish_state(draft, sources.box_secret)
    lines = EvidencePieces(draft).last_line()
    again = {each: told.line for each, told in found.evidence.wrongly_doubted.items() if each not in doubted}
    _enter_restored(draft, found.path.name, lines, doubted, again)
    shutil.rmtree(fetched)
    shutil.rmtree(draft.keeper, ignore_errors=True)
    problems = (*found.problems, *doubts_of_keys(draft, sources.identity))
    return RestoredOffice(found.path.name, opened, newer, lines, erased_again, len(doubted), problems)


def _read_restored(whole: Path) -> RestoredOffice:
    document = json.loads(whole.read_bytes())
    opened, problems = OpenedBackup(**document["opened"]), tuple(document["problems"])
    return RestoredOffice(**{**document, "opened": opened, "problems": problems})


@dataclass(frozen=True)
class _Found:
    """A backup and what was sent after it, fetched and looked through; nothing of it is laid anywhere."""

    shelf: BackupShelf
    path: Path
    held: frozenset[str]
    sent_after: Sequence[SentKeyslots]
    evidence: JudgedEvidence
    problems: tuple[str, ...]


def _found(draft: Home, fetched: Path, sources: Sources) -> _Found:
    """
    Raises:
        StorageAway, StorageError: as they say.
        DamagedBackup: it cannot be opened, or is not the one that was made.
    """
    log = RestoredEvidence(draft)
    if sources.archive:
        log.fetch(sources.archive, fetched)
    shelf = BackupShelf(sources.backups, fetched, sources.identity)
    name = sources.backup or shelf.newest()
    told = log.unjudged().backups.get(name)
    path = shelf.fetch(name, told)
    survey = shelf.survey(path)
    if told is None and sources.archive and not sources.backup:
        raise shelf.must_be_told_of(name)
    evidence = log.judged(survey.device_keys, survey.evidence_lines) if sources.archive else no_evidence()
    sent_after, troubles = shelf.keyslots_after(survey.evidence_lines, evidence)
    held = survey.recordings.union(*(each.recordings for each in sent_after))
    problems = tuple(each for each in (evidence.problem, _denied(evidence), *troubles) if each)
    return _Found(shelf, path, held, sent_after, evidence, problems)


def _denied(evidence: JudgedEvidence) -> str:
    denied = list(evidence.wrongly_doubted)
    if not denied:
        return ""
    shown = ", ".join(denied[:_SHOWN]) + (" …" if len(denied) > _SHOWN else "")
    return f"Lines that no signed checkpoint vouches for deny the erasure of {shown}: it stands."


def _doubted(found: _Found, unvouched: Unvouched) -> dict[str, int]:
    """Recordings that are restored although a line (its number) says that they are erased.

    Raises:
        DamagedEvidence: somebody must say what to make of such lines.
    """
    doubtful = {each.line.subject["recording"]: each.line.number for each in found.evidence.doubtful(found.held)}
    if doubtful and unvouched is Unvouched.ASK:
        shown = ", ".join(list(doubtful)[:_SHOWN]) + (" …" if len(doubtful) > _SHOWN else "")
        raise DamagedEvidence(
            f"Lines of the evidence say that {len(doubtful)} recordings are erased, whose keys are in the backup, and "
            f"no signed checkpoint vouches for these lines: {shown}. They are newer than the last checkpoint that fits "
            f"(line {found.evidence.vouched}), or somebody wrote them so that a restore destroys the recordings.",
            "Ask who ordered the erasures. If they were ordered: --unvouched-erasures believe. If not, or to be on the "
            "safe side: --unvouched-erasures doubt; they can be erased again later.",
        )
    return doubtful if unvouched is Unvouched.DOUBT else {}


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
        erasing = Erasing(
            ErasableSegmentFiles(draft), rows, _AlreadyEntered(), lambda: commitments_about_recordings(draft.evidence)
        )
        return erasing.carry_out(now_ms)
    finally:
        engine.dispose()


def _order(catalogue: Path, erased: Mapping[str, EvidenceLine], now_ms: int) -> None:
    with closing(sqlite3.connect(catalogue)) as database, database:
        for recording, line in erased.items():
            database.execute(
                "INSERT OR IGNORE INTO erasures (recording_id, started_at_ms, because, ordered_at_ms, state)"
                " SELECT id, started_at_ms, ?, ?, 'ordered' FROM recordings WHERE id = ?",
                (line.subject.get("because", "request"), now_ms, recording),
            )


def _finish_state(draft: Home, box_secret: bytes) -> None:
    """What no backup holds is made anew: the signing key, and the box secret unless it was kept."""
    for folder in (draft.keys, draft.box_secret.parent, draft.prompts, draft.spool):
        make_private_folder(folder)
    earlier = len(list(draft.keys.glob("device.before-*.pub"))) + 1
    if draft.device_public_key.exists():
        draft.device_public_key.rename(draft.keys / f"device.before-{earlier}.pub")
    device = new_device_key("earmark-" + os.urandom(4).hex())
    write_new(draft.device_public_key, f"{device.public_text()}\n".encode())
    write_new(draft.device_key, f"{device.private_text()}\n".encode())
    write_new(draft.box_secret, box_secret or os.urandom(32))
    MarkedDataDisk(draft).prepare()


def _enter_restored(
    draft: Home, backup: str, lines: int, doubted: Mapping[str, int], again: Mapping[str, EvidenceLine]
) -> None:
    """``again``: erasures that stand although the log that was brought back ends with somebody denying them."""
    key = load_device_key(draft.device_key)
    digest = hashlib.sha256(key.public_text().encode()).hexdigest()
    with closing(EvidenceFiles(draft, key, lambda: datetime.now(UTC))) as log:
        log.enter([EvidenceEntry("restored", {"backup": backup, "lines": str(lines), "device": digest})])
        for recording, line in doubted.items():
            log.enter([EvidenceEntry(ERASURE_DOUBTED, {"recording": recording, "line": str(line)})])
        for standing in again.values():
            log.enter([EvidenceEntry(ERASED, standing.subject)])


def _put_in_place(home: Home, draft: Home) -> None:
    """Each step may have been done before: a restore that was killed in here is finished by the next. The settings come
    last: they say that there is an office."""
    try:
        make_private_folder(home.run)
        move_in(draft.data, home.data)
        move_in(draft.state, home.state, but_for=draft.settings_file)
        if draft.settings_file.exists():
            draft.settings_file.replace(home.settings_file)
            sync_folder(home.state)
        shutil.rmtree(home.data / _DRAFT, ignore_errors=True)
        shutil.rmtree(draft.root)
        sync_folder(home.root)
    except OSError as error:
        raise StorageError(
            f"The office cannot be put in place in {home.root}: {error.strerror}.", "Check the folder and its disk."
        ) from error
