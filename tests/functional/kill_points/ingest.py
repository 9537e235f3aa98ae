"""Taking in what was spooled: two recordings, one that began on the data disk, a call that was not recorded, and who
came and went."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pyrage

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.adapters.store.spool_journal import remove_taken
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.adapters.store.spool_shelf import SpoolShelf
from firmware.cli.verify import verify_home
from firmware.core.home import Home
from firmware.ports.catalogue import SaveRecording
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.local_evidence import LocalEvidenceDesk
from firmware.services.spool_gate import SpoolGate
from firmware.services.spool_intake import SpoolIntake
from tests.functional.kill_points import close, spool_place
from tests.integration.recorder_at_work import RATE, Office

_RECOVERY, _SPOOLED = "recovery-key", "spooled-files"
_RECORDINGS = 2


def prepare(home: Path) -> None:
    spool_some(home)
    place = Home(home)
    with close.beside(home) as lines:
        _begin_on_the_data_disk(place, lines)
        spool_place.record(home, lines)
    (home / _SPOOLED).write_text(_digests(place, place.spooled))


def spool_some(home: Path) -> None:
    """All but the one that began on the data disk."""
    close.prepare(home)
    place = Home(home)
    with _desk(place) as desk:
        desk.enter("signed-in", {"session": "s1"}, {"name": "Jo Bloggs"})
    for _ in range(_RECORDINGS):
        with close.beside(home) as lines:
            spool_place.record(home, lines)
    rows = SpooledRows(place)
    unheard = close.Lines()
    rows.apply([SaveRecording(unheard.record.recording_id, 1, "not_recorded", unheard.ended, 3000)])
    with _desk(place) as desk:
        desk.enter("signed-out", {"session": "s1"}, {"name": "Jo Bloggs"})


def _begin_on_the_data_disk(place: Home, lines: close.Lines) -> None:
    """It goes away in mid-call."""
    catalogue = SqliteCatalogueWriter(place.catalogue)
    evidence = EvidenceFiles(place, load_device_key(place.device_key))
    close.record(place, lines, SegmentFiles(place), catalogue, evidence, to_the_end=False)
    catalogue.close()


def run(home: Path, given: None) -> None:
    """The data disk is there: everything is taken in."""
    place = Home(home)
    with ExitStack() as opened:
        store, catalogue = SegmentFiles(place), SqliteCatalogueWriter(place.catalogue)
        evidence = EvidenceFiles(place, load_device_key(place.device_key))
        for part in (store, catalogue, evidence):
            opened.callback(part.close)
        rows = SpooledRows(place)
        waiting = {call.recording_id for call in rows.calls()}
        recovery = CrashRecovery(store, catalogue, evidence)
        recovery.survey(0, waiting)
        recovery.give_up_waiting()
        intake = SpoolIntake(SpoolShelf(place, rows), catalogue, evidence, SpoolGate(), recovery.settle_before)
        intake.tell()
        while intake.take_next():
            pass
        intake.emptied()
        remove_taken(place)
        rows.forget_details()


def check(home: Path, given: None) -> list[str]:
    place = Home(home)
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(place) if each.severity == "wrong"]
    if _digests(place) != (home / _SPOOLED).read_text():
        wrong.append("the files are not those that were spooled")
    if left := [path for path in place.spool.rglob("*") if path.is_file() and path != place.spool_public_key]:
        wrong.append(f"this is left in the spool: {left}")
    office = Office(place, pyrage.x25519.Identity.from_str((home / _RECOVERY).read_text()))
    with closing(sqlite3.connect(place.catalogue)) as catalogue:
        rows = catalogue.execute("SELECT id, state, far_number FROM recordings").fetchall()
        details = catalogue.execute("SELECT detail FROM evidence_details").fetchall()
    if Counter(state for _, state, _ in rows) != {"complete": _RECORDINGS + 1, "not_recorded": 1}:
        wrong.append(f"the rows are {rows}")
    if {number for *_, number in rows} != {"+441632960123"}:
        wrong.append(f"who called is not in the rows: {rows}")
    if details != [('{"name": "Jo Bloggs"}',)] * 2:
        wrong.append(f"the details are {details}")
    wrong += [f"{each} is not whole" for each, state, _ in rows if state == "complete" and not _is_whole(office, each)]
    return wrong + _not_once(place)


def _is_whole(office: Office, recording: str) -> bool:
    whole = office.unseal(recording)
    return (whole.samples, whole.gaps, whole.state) == (close.SECONDS * RATE, (), "complete")


def _not_once(place: Home) -> list[str]:
    lines = [line for path in sorted(place.evidence.glob("*.log")) for line in path.read_text().splitlines()]
    kinds = Counter(line.split(" ")[2] for line in lines)
    once = {"signed-in": 1, "signed-out": 1, "spool-emptied": 1, "recording-recovered": 1, "recording-resumed": 1}
    each = dict.fromkeys(("recording-started", "recording-closed", "taken-in"), _RECORDINGS + 1)
    return [] if kinds == once | each else [f"the evidence has {kinds}"]


def _digests(*places: Home) -> str:
    """Of all sealed files and keyslots, by name."""
    found = (path for place in places for path in place.recordings.rglob("*") if path.suffix in (".ear", ".key"))
    files = sorted(found, key=lambda path: path.name)
    return "\n".join(f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in files)


@contextmanager
def _desk(place: Home) -> Iterator[LocalEvidenceDesk]:
    """Where the recorder enters what others tell it while the disk is away."""
    evidence = EvidenceFiles(place.spooled, load_device_key(place.device_key))
    yield LocalEvidenceDesk(evidence, SpooledRows(place))
    evidence.close()
