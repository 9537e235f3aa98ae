"""A recorder on a disk that fills, with a catalogue and evidence that fail when a test says so. The rest is real."""

from __future__ import annotations

import os
from collections.abc import Sequence

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.encoding.speech_opus import SpeechOpusEncoder
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.segment_files import SegmentFiles, SegmentFilesReader
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import StorageError, StorageFull
from firmware.core.home import Home
from firmware.core.recording_id import recording_id
from firmware.ports.catalogue import CatalogueChange
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.recording_store import SegmentDigest, SegmentFile, StoredSegment
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.recording_parts import RecordingParts
from tests.integration.recorder_at_work import RATE, Office, Pcm

BEGAN_MS = 1_772_000_000_000


class FillingDisk(SegmentFilesReader):
    """A store whose disk has no room while ``full``, and takes what is written but flushes nothing once ``gone``."""

    full = gone = False

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._real = SegmentFiles(home)

    def flush(self) -> None:
        if self.gone:
            raise StorageError("The disk has gone.")
        self._real.flush()

    def discard_empty(self, stored: StoredSegment) -> bool:
        return self._real.discard_empty(stored)

    def close(self) -> None:
        self._real.close()

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> FillingFile:
        if self.full:
            raise StorageFull("There is no room left.")
        return FillingFile(self, self._real.create(recording_id, segment, started_at_ms, keyslot, header_block))


class FillingFile:
    def __init__(self, disk: FillingDisk, real: SegmentFile) -> None:
        self._disk = disk
        self._real = real

    @property
    def stored(self) -> StoredSegment:
        return self._real.stored

    @property
    def digest(self) -> SegmentDigest:
        return self._real.digest

    def append(self, content: bytes) -> None:
        if self._disk.full:
            raise StorageFull("There is no room left.")
        self._real.append(content)

    def close(self) -> None:
        self._real.close()


class Power(Exception):
    """Somebody pulled the plug."""


class FragileEvidence(EvidenceFiles):
    cut_after = False

    def enter(self, entries: Sequence[EvidenceEntry]) -> int:
        line = super().enter(entries)
        if self.cut_after:
            raise Power
        return line


class FragileCatalogue(SqliteCatalogueWriter):
    unwritable = False

    def apply(self, changes: Sequence[CatalogueChange]) -> None:
        if self.unwritable:
            raise StorageError("The catalogue cannot be written.")
        super().apply(changes)


class Told:
    """What lines would have been told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def taken(self, writer: int, recording_id: str) -> None:
        self.words.append("taken")

    def finished(self, writer: int, recording_id: str) -> None:
        self.words.append("finished")

    def fault(self, writer: int, recording_id: str, text: str) -> None:
        self.words.append(text)


class Bench:
    """A recorder without its process, ticked by hand."""

    def __init__(self, office: Office) -> None:
        self.office = office
        home = office.home
        self.store = FillingDisk(home)
        self.catalogue = FragileCatalogue(home.catalogue)
        self.evidence = FragileEvidence(home, load_device_key(home.device_key))
        self.evidence.checkpoint()
        self.recovery = CrashRecovery(self.store, self.catalogue, self.evidence)
        self.recovery.survey(BEGAN_MS)
        self.told = Told()
        self.now_s = 1000.0
        parts = RecordingParts(self.store, PublicKeySealer.from_home(home), SpeechOpusEncoder)
        self.calls = CallRecorder(parts, self.catalogue, self.evidence, self.recovery, self.told, workers=2)

    def tick(self) -> None:
        self.now_s += 10.0
        self.calls.tick(self.now_s)

    def close(self) -> None:
        self.store.close()
        self.catalogue.close()
        self.evidence.close()


class Ringing:
    """A call whose ring a test fills."""

    def __init__(self, voice: Pcm, number: int = 1) -> None:
        self.record = CallRecord(
            recording_id(BEGAN_MS, bytes([number] * 10)),
            f"call-{number}",
            "main",
            "inbound",
            Party("+441632960123"),
            Party("202"),
            BEGAN_MS,
            "always",
        )
        self.ring = RingWriter.create(self.record.recording_id)
        self.voice = voice
        self.said = 0

    @property
    def id(self) -> str:
        return self.record.recording_id

    def reader(self) -> RingReader:
        ring, ack = self.ring.descriptors()
        return RingReader(os.dup(ring), os.dup(ack))

    def say(self, seconds: float) -> None:
        piece = self.voice[self.said : self.said + int(seconds * RATE)].tobytes()
        for channel in (0, 1):
            self.ring.write_pcm(channel, piece)
        self.said += len(piece) // 2

    def hang_up(self, calls: CallRecorder) -> None:
        self.ring.close(self.said)
        calls.closed(self.record)
