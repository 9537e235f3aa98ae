"""Erasing: one recording whose time is over, one on request, among others that must stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import DeviceKey, load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.cli.verify import verify_home
from firmware.core.home import Home
from firmware.services.local_evidence import LocalEvidenceDesk
from tests.integration.evidenced_store import EvidencedStore
from tests.integration.vault import LONDON, SetTime, Vault, vault

THEN, EVE, DUE = "2026-03-01 09:00", "2032-03-01 09:00", "2032-03-05 09:00"
WORD = "zyxwvunheard"
_KEPT = "kept-files"


def prepare(home: Path) -> None:
    with vault(home, THEN) as made:
        made.home.device_key.write_text(made.made.key.private_text())
        doomed, held = made.record(segments=2), made.record()
        made.hold(held)
        made.run()
        made.set_wall(EVE)
        asked, stays = made.record(), made.record(segments=2)
        for recording in (doomed, asked):
            made.note(recording, f"{WORD} rang")
            made.made.tell("listened", recording, name=WORD)
        made.note(stays, "rang about the fence")
        made.run()
        made.order(asked)
        made.made.log.checkpoint()
        (home / _KEPT).write_text(_digest_of(made, held, stays))


def run(home: Path, given: None) -> None:
    """The keeper looks once, after a start."""
    with at_work(home) as made:
        made.run()


def check(home: Path, given: None) -> list[str]:
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(Home(home)) if each.severity == "wrong"]
    with at_work(home) as made:
        listed = sorted(made.listed())
        if _digest_of(made, *listed) != (home / _KEPT).read_text():
            wrong.append(f"what was to be kept is not what it was: {listed}")
        gone = made.query("SELECT recording_id, state FROM erasures")
        if len(gone) != 2 or {state for _, state in gone} != {"erased"}:
            wrong.append(f"the journal says {gone}")
        for recording, _ in gone:
            wrong += [f"{path.name} is left" for path in made.files(recording)]
            entered = sum("recording-erased" in line and recording in line for line in lines_of(home))
            if entered != 1:
                wrong.append(f"{recording} was entered as erased {entered} times")
    with closing(sqlite3.connect(Home(home).catalogue)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if any(WORD.encode() in path.read_bytes() for path in Home(home).catalogue.parent.glob("catalogue.db*")):
        wrong.append("a word about what was erased is left in the catalogue")
    return wrong


def lines_of(home: Path) -> list[str]:
    return "".join(path.read_text() for path in sorted(Home(home).evidence.glob("*.log"))).splitlines()


def _digest_of(made: Vault, *recordings: str) -> str:
    """Of the files of recordings, their notes and their rows."""
    parts = [path.read_bytes() for recording in sorted(recordings) for path in made.files(recording)]
    for table, key in (("recordings", "id"), ("notes", "recording_id"), ("held_recordings", "recording_id")):
        for recording in sorted(recordings):
            parts.append(repr(made.query(f"SELECT * FROM {table} WHERE {key} = ?", recording)).encode())
    return " ".join([*sorted(recordings), sha256(b"".join(parts)).hexdigest()])


class _Reopened(EvidencedStore):
    """The same store, as processes find it that start anew."""

    def __post_init__(self) -> None:
        self.key: DeviceKey = load_device_key(self.home.device_key)
        self.log = EvidenceFiles(self.home, self.key, lambda: self.now)
        self.catalogue = SqliteCatalogueWriter(self.home.catalogue)
        self.desk = LocalEvidenceDesk(self.log, self.catalogue)

    def close(self) -> None:
        self.catalogue.close()


@contextmanager
def at_work(home: Path) -> Iterator[Vault]:
    moment = datetime.fromisoformat(DUE).replace(tzinfo=LONDON)
    store = _Reopened(Home(home), now=moment.astimezone(UTC))
    made = Vault(store, SetTime(round(moment.timestamp() * 1000), start="second"))
    try:
        yield made
    finally:
        made.close()
