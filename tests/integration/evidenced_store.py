"""A small store with everything that evidence speaks of, made by the recorder's own parts in a moment: for verifiers.

What is sealed in its files is noise, for nobody here needs a key.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import DeviceKey, new_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.core.call_record import CallRecord, Party
from firmware.core.home import Home
from firmware.core.recording_id import recording_id
from firmware.core.sealed_format import FrameHeader, FrameType, SegmentHeader, core_digest, next_chain
from firmware.ports.catalogue import RecordingState, SaveRecording, SaveSegment, SegmentRow
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.recording_store import SegmentDigest, StoredSegment
from firmware.services.local_evidence import LocalEvidenceDesk

RATE_HZ = 8000
_NOBODY = Party(presentation="unavailable")


def keyslot(chance: random.Random) -> bytes:
    return b"EARSLOT1".ljust(16, b"\0") + chance.randbytes(400).ljust(1008, b"\0")


@dataclass
class EvidencedStore:
    """A data folder in the making. Times pass only when a test says so."""

    home: Home
    chance: random.Random = field(default_factory=lambda: random.Random(4))
    now: datetime = datetime(2026, 3, 1, 9, tzinfo=UTC)
    key: DeviceKey = field(default_factory=lambda: new_device_key("earmark-box"))
    #: Copies of the catalogue as it was at each ``snapshot``.
    catalogues: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home.keys.mkdir(parents=True)
        self.home.device_public_key.write_text(self.key.public_text())
        self.store = SegmentFiles(self.home)
        self.log = EvidenceFiles(self.home, self.key, lambda: self.now)
        self.catalogue = SqliteCatalogueWriter(self.home.catalogue)
        self.desk = LocalEvidenceDesk(self.log, self.catalogue)

    def close(self) -> None:
        """Let go of the files; the last checkpoint is not renewed, as after a power cut."""
        self.catalogue.close()
        self.store.close()

    def pass_time(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def record(self, segments: int = 1, finish: bool = True) -> str:
        """A recording of some segments, entered, closed and in the catalogue."""
        started_ms = int(self.now.timestamp() * 1000)
        recording = recording_id(started_ms, self.chance.randbytes(10))
        record = CallRecord(recording, "call", "main", "inbound", _NOBODY, _NOBODY, started_ms, "the line", "always")
        chain = bytes(32)
        for segment in range(segments):
            closed = finish or segment < segments - 1
            chain = self._segment(record, segment, chain, closed)
        state: RecordingState = "complete" if finish else "recording"
        self.catalogue.apply([SaveRecording(recording, started_ms, state, record, 1000 * segments)])
        return recording

    def _segment(self, record: CallRecord, segment: int, previous: bytes, closed: bool) -> bytes:
        header = SegmentHeader(
            record.recording_id, segment, 1, record.started_at_ms, segment * RATE_HZ, RATE_HZ, previous, bytes(32)
        )
        file = self.store.create(
            record.recording_id, segment, record.started_at_ms, keyslot(self.chance), header.to_bytes()
        )
        self._begun(record, file.stored, file.digest)
        chain, kinds = core_digest(header.core()), [FrameType.AUDIO] * self.chance.randint(2, 4)
        for sequence, kind in enumerate([*kinds, FrameType.FINAL] if closed else kinds):
            ciphertext = self.chance.randbytes(self.chance.randint(200, 600))
            frame = FrameHeader(kind, sequence, len(ciphertext), segment * RATE_HZ, RATE_HZ).to_bytes()
            chain = next_chain(chain, frame, ciphertext)
            file.append(frame + chain + ciphertext)
        if closed:
            self._closed(record, file.stored, file.digest, chain)
        file.close()
        return chain

    def _begun(self, record: CallRecord, stored: StoredSegment, digest: SegmentDigest) -> None:
        kind = "recording-resumed" if stored.segment else "recording-started"
        subject = {"recording": stored.recording_id, "segment": str(stored.segment), "keyslot": digest.keyslot_sha256}
        self.log.enter([EvidenceEntry(kind, subject)])
        row = SegmentRow(stored.recording_id, stored.segment, str(stored.path), 0, keyslot_sha256=digest.keyslot_sha256)
        self._save(record, row)

    def _closed(self, record: CallRecord, stored: StoredSegment, digest: SegmentDigest, chain: bytes) -> None:
        subject = {"recording": stored.recording_id, "segment": str(stored.segment), "state": "complete"}
        subject |= {"samples": str(RATE_HZ), "bytes": str(digest.bytes), "sha256": digest.sha256}
        self.log.enter([EvidenceEntry("recording-closed", subject)])
        row = SegmentRow(
            stored.recording_id,
            stored.segment,
            str(stored.path),
            stored.segment * RATE_HZ,
            RATE_HZ,
            digest.bytes,
            "closed",
            chain.hex(),
            digest.sha256,
            digest.keyslot_sha256,
        )
        self._save(record, row)

    def _save(self, record: CallRecord, row: SegmentRow) -> None:
        saved = SaveRecording(record.recording_id, record.started_at_ms, "recording", record)
        self.catalogue.apply([saved, SaveSegment(row)])

    def tell(self, kind: str, recording: str, **detail: str) -> int:
        """An event with a detail that can be erased, such as a listening."""
        return self.desk.enter(kind, {"person": "p1", "recording": recording} if recording else {}, detail)

    def sealed(self, recording: str) -> list[Path]:
        return sorted(self.home.recordings.rglob(f"{recording}.*.ear"))

    def rewrap(self, recording: str) -> bytes:
        """Give the first segment another keyslot; the old one, to be put back by a thief."""
        path = self.home.keyslot_of(self.sealed(recording)[0])
        old, new = path.read_bytes(), keyslot(self.chance)
        path.write_bytes(new)
        subject = {"recording": recording, "segment": "0", "keyslot": hashlib.sha256(new).hexdigest()}
        self.log.enter([EvidenceEntry("keyslot-rewrapped", subject)])
        return old

    def erase(self, recording: str) -> dict[Path, bytes]:
        """For good; its files as they were, relative to the data folder, to be put back by a thief."""
        files = [file for path in self.sealed(recording) for file in (path, self.home.keyslot_of(path))]
        gone = {file.relative_to(self.home.data): file.read_bytes() for file in files}
        for file in files:
            file.unlink()
        self.log.enter([EvidenceEntry("recording-erased", {"recording": recording})])
        with closing(sqlite3.connect(self.home.catalogue)) as database, database:
            database.execute("DELETE FROM evidence_details WHERE recording_id = ?", (recording,))
            database.execute("DELETE FROM segments WHERE recording_id = ?", (recording,))
            database.execute("DELETE FROM recordings WHERE id = ?", (recording,))
        return gone

    def erase_details(self, first: int, last: int) -> None:
        """What the lines from first to last commit to, with a line that says so."""
        numbers = range(first, last + 1)
        commitments = [line.split(b" ")[4].decode() for line in self.lines() if int(line.split(b" ")[0]) in numbers]
        with closing(sqlite3.connect(self.home.catalogue)) as database, database:
            database.executemany("DELETE FROM evidence_details WHERE commitment = ?", [(each,) for each in commitments])
        self.log.enter([EvidenceEntry("details-erased", {"first": str(first), "last": str(last)})])

    def snapshot(self, folder: Path) -> None:
        """Keep a copy of the catalogue as it is now."""
        kept = folder / f"catalogue-{len(self.catalogues)}.db"
        with closing(sqlite3.connect(self.home.catalogue)) as now, closing(sqlite3.connect(kept)) as copy:
            now.backup(copy)
        self.catalogues.append(kept)

    def lines(self) -> list[bytes]:
        """The log, line by line, with newlines."""
        files = sorted(self.home.evidence.glob("*.log"))
        return [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
