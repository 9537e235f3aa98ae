"""Recording a call of three seconds, from the ring that lines holds to its closed file, row and evidence.

Lines lives on when the recorder is killed: it holds the ring, and offers it again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.encoding.speech_opus import SpeechOpusEncoder
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.cli.set_up.making import set_up_office
from firmware.cli.verify import verify_home
from firmware.config.settings_model import Settings
from firmware.core.call_record import CallRecord, Party
from firmware.core.home import Home
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.ports.catalogue import CatalogueWriter
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.recording_parts import RecordingParts
from tests.integration.recorder_at_work import RATE, Office, speech

SECONDS = 3
_TICK_S = 0.125
_RECOVERY = "recovery-key"


class Lines:
    """What lines holds of the call, and what it is told of it."""

    def __init__(self) -> None:
        began = time.time_ns() // 1_000_000
        identity = recording_id(began, os.urandom(RANDOM_BYTES))
        caller, office = Party("+441632960123"), Party("202")
        self.record = CallRecord(identity, "call-1", "main", "inbound", caller, office, began, "the line", "always")
        self.ring = RingWriter.create(identity)
        voice = speech(SECONDS).tobytes()
        for channel in (0, 1):
            self.ring.write_pcm(channel, voice)
        self.ring.close(SECONDS * RATE)  # here: the memory is lines' own and goes with no fork
        self.ring.seal()

    def offered(self) -> RingReader:
        ring, acknowledgement = self.ring.descriptors()
        return RingReader(os.dup(ring), os.dup(acknowledgement))

    @property
    def ended(self) -> CallRecord:
        """What lines tells when the call is over."""
        ended_at_ms = self.record.started_at_ms + SECONDS * 1000
        return replace(self.record, ended_at_ms=ended_at_ms, end_cause="caller hung up")

    def taken(self, writer: int, recording: str) -> None: ...

    def finished(self, writer: int, recording: str) -> None: ...

    def fault(self, writer: int, recording: str, text: str) -> None:
        raise AssertionError(text)


def prepare(home: Path) -> None:
    made = set_up_office(Home(home), Settings(), (), datetime.now(UTC))
    (home / _RECOVERY).write_text(made.recovery_key)
    SqliteCatalogueWriter(Home(home).catalogue).close()


@contextmanager
def beside(home: Path) -> Iterator[Lines]:
    lines = Lines()
    yield lines
    lines.ring.release()


def run(home: Path, lines: Lines) -> None:
    """The recorder starts, takes the ring, and records to the end of the call."""
    place = Home(home)
    evidence = EvidenceFiles(place, load_device_key(place.device_key))
    catalogue = SqliteCatalogueWriter(place.catalogue)
    record(place, lines, SegmentFiles(place), catalogue, evidence)
    catalogue.close()


def record(
    place: Home,
    lines: Lines,
    store: SegmentFiles,
    catalogue: CatalogueWriter,
    evidence: EvidenceFiles,
    *,
    to_the_end: bool = True,
) -> None:
    recovery = CrashRecovery(store, catalogue, evidence)
    recovery.survey(time.time_ns() // 1_000_000)
    parts = RecordingParts(store, PublicKeySealer.from_home(place), SpeechOpusEncoder)
    recorder = CallRecorder(parts, catalogue, evidence, recovery, lines, workers=1)
    recorder.offered(0, lines.record, lines.offered())
    now_s = 0.0
    recorder.tick(now_s)
    if to_the_end:
        recorder.closed(lines.ended)
    while to_the_end and recorder.recording_ids:
        now_s += _TICK_S
        recorder.tick(now_s)
    recorder.stop(now_s + _TICK_S)
    evidence.close()
    store.close()


def check(home: Path, lines: Lines) -> list[str]:
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(Home(home)) if each.severity == "wrong"]
    office = Office(Home(home), pyrage.x25519.Identity.from_str((home / _RECOVERY).read_text()))
    row, whole = office.row(lines.record.recording_id), office.unseal(lines.record.recording_id)
    if row is None or (row.state, row.duration_s, row.missing_s) != ("complete", float(SECONDS), 0.0):
        wrong.append(f"the row says {row}")
    if (whole.samples, whole.gaps, whole.state) != (SECONDS * RATE, (), "complete"):
        wrong.append(f"the files hold {whole.samples} samples, {whole.gaps}, {whole.state}")
    return wrong
