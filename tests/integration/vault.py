"""A store with a keeper's parts on it, and clocks that a test sets: for retention, holds and erasure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.catalogue.retention import RetentionRows
from firmware.adapters.store.erasable_files import ErasableSegmentFiles
from firmware.adapters.store.evidence_looks import (
    commitments_about_recordings,
    erased_in_evidence,
    holds_in_evidence,
    newest_evidence_ms,
)
from firmware.core.clock_doubt import Moment
from firmware.core.home import Home
from firmware.core.retention import RetentionClasses
from firmware.services.clock_watch import ClockWatch
from firmware.services.erasing import Erasing
from firmware.services.hold_watch import HoldWatch
from firmware.services.retention_classes import ClassesInEffect
from firmware.services.retention_sweep import RetentionSweep
from tests.integration.evidenced_store import EvidencedStore

LONDON = ZoneInfo("Europe/London")


@dataclass
class SetTime:
    """The ``MachineTime``: wall clock and time since the start go as a test says."""

    wall_ms: int
    since_start_ms: int = 60_000
    start: str = "first"
    is_set: bool = True

    def now(self) -> Moment:
        return Moment(self.wall_ms, self.since_start_ms, self.start, self.is_set)

    def pass_by(self, hours: float) -> None:
        self.wall_ms += round(hours * 3_600_000)
        self.since_start_ms += round(hours * 3_600_000)


@dataclass
class Vault:
    """The store, the keeper's duty over it, and what a test wants to look at."""

    made: EvidencedStore
    time: SetTime
    classes: RetentionClasses = field(default_factory=RetentionClasses)
    home: Home = field(init=False)

    def __post_init__(self) -> None:
        self.home = self.made.home
        self.engine = open_beside_the_recorder(self.home.catalogue)
        self.begin()

    def begin(self, classes: RetentionClasses | None = None) -> None:
        """As after a start of the keeper, with other settings where given."""
        self.classes = classes or self.classes
        self.rows = RetentionRows(self.engine, self.home.catalogue)
        self.erasures = ErasureRows(self.engine, self.home.catalogue)
        desk = self.made.desk
        self.clock = ClockWatch(self.time, self.rows, desk, lambda: newest_evidence_ms(self.home.evidence))
        self.in_effect = ClassesInEffect(self.classes, LONDON, self.rows, desk)
        self.erasing = Erasing(
            ErasableSegmentFiles(self.home),
            self.erasures,
            desk,
            lambda: commitments_about_recordings(self.home.evidence),
            lambda: erased_in_evidence(self.home.evidence),
        )
        self.holds = HoldWatch(lambda: holds_in_evidence(self.home.evidence), self.erasures.standing_holds, desk)
        self.sweep = RetentionSweep(self.clock, self.holds, self.in_effect, self.erasures, self.erasing)

    def run(self) -> None:
        self.made.now = datetime.fromtimestamp(self.time.wall_ms / 1000, self.made.now.tzinfo)
        self.sweep.run(self.time.wall_ms)

    def set_wall(self, shown: str) -> None:
        """Time passes, as long as it takes, until the office's clock shows this."""
        wall_ms = round(datetime.fromisoformat(shown).replace(tzinfo=LONDON).timestamp() * 1000)
        self.time.since_start_ms += wall_ms - self.time.wall_ms
        self.time.wall_ms = wall_ms

    def record(self, retention_class: str = "standard", segments: int = 1) -> str:
        """A finished recording of this moment."""
        self.made.now = datetime.fromtimestamp(self.time.wall_ms / 1000, self.made.now.tzinfo)
        recording = self.made.record(segments)
        self.execute("UPDATE recordings SET retention_class = ? WHERE id = ?", retention_class, recording)
        return recording

    def execute(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.home.catalogue)) as database, database:
            database.execute(statement, values)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home.catalogue)) as database:
            return database.execute(statement, values).fetchall()

    def note(self, recording: str, text: str) -> None:
        self.execute(
            "INSERT INTO notes (recording_id, written_at_ms, person_id, person_name, text)"
            " VALUES (?, 1, 'p1', 'anna', ?)",
            recording,
            text,
        )

    def hold(self, *recordings: str, purpose: str = "claim 4711") -> str:
        hold = f"hold-{len(self.query('SELECT id FROM legal_holds'))}"
        self.execute(
            "INSERT INTO legal_holds (id, purpose, owner_id, owner_name, placed_at_ms, review_on)"
            " VALUES (?, ?, 'p1', 'anna', 1, '2027-01-01')",
            hold,
            purpose,
        )
        for recording in recordings:
            self.execute("INSERT INTO held_recordings VALUES (?, ?)", hold, recording)
        return hold

    def order(self, recording: str, because: str = "request") -> None:
        self.execute(
            "INSERT INTO erasures (recording_id, started_at_ms, because, ordered_at_ms, state)"
            " SELECT id, started_at_ms, ?, ?, 'ordered' FROM recordings WHERE id = ?",
            because,
            self.time.wall_ms,
            recording,
        )

    def listed(self) -> set[str]:
        return {row[0] for row in self.query("SELECT id FROM recordings")}

    def files(self, recording: str) -> list[Path]:
        return sorted(self.home.recordings.rglob(f"{recording}.*"))

    def kinds(self) -> list[str]:
        lines = "".join(path.read_text() for path in sorted(self.home.evidence.glob("*.log")))
        return [line.split(" ")[2] for line in lines.splitlines()]

    def journal(self, recording: str) -> tuple[Any, ...]:
        rows = self.query("SELECT because, state, erased_at_ms FROM erasures WHERE recording_id = ?", recording)
        return rows[0] if rows else ()

    def close(self) -> None:
        self.engine.dispose()
        self.made.close()


@contextmanager
def vault(folder: Path, wall: str = "2026-03-01 09:00") -> Iterator[Vault]:
    moment = datetime.fromisoformat(wall).replace(tzinfo=LONDON)
    store = EvidencedStore(Home(folder), now=moment)
    made = Vault(store, SetTime(round(moment.timestamp() * 1000)))
    try:
        yield made
    finally:
        made.close()
