"""What evidence and catalogue are told of a recording in progress."""

from __future__ import annotations

from firmware.core.call_record import CallRecord
from firmware.ports.catalogue import RecordingState, SaveRecording, SaveSegment, SegmentRow, SegmentState
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.recording_store import SegmentDigest, StoredSegment
from firmware.services.recording_in_progress import RecordingInProgress


def begun(recording: RecordingInProgress) -> EvidenceEntry:
    stored, digest = _file(recording)
    subject = {"recording": stored.recording_id, "segment": str(stored.segment), "keyslot": digest.keyslot_sha256}
    if stored.segment:
        return EvidenceEntry("recording-resumed", subject)
    return EvidenceEntry("recording-started", subject | _clock(recording.record))


def _clock(record: CallRecord) -> dict[str, str]:
    """How well the time of the recording's start was known: nobody's name, and no number of theirs."""
    if record.clock is None:
        return {}
    error = {} if record.clock.error_ms is None else {"clock_error_ms": str(record.clock.error_ms)}
    return {"clock": record.clock.source.replace(" ", "-"), **error}


def closed(recording: RecordingInProgress) -> EvidenceEntry:
    stored, digest = _file(recording)
    subject = {
        "recording": stored.recording_id,
        "segment": str(stored.segment),
        "state": recording.state,
        "samples": str(recording.samples),
        "bytes": str(digest.bytes),
        "sha256": digest.sha256,
    }
    return EvidenceEntry("recording-closed", subject)


def worth_saving(recording: RecordingInProgress) -> tuple[CallRecord, int, int, int]:
    """What the row of a recording in progress must not lose if this process dies."""
    return recording.record, recording.not_taken_ms, recording.not_stored_ms, recording.pause_news


def save(recording: RecordingInProgress, state: RecordingState) -> SaveRecording:
    return SaveRecording(
        recording.recording_id,
        recording.started_at_ms,
        state,
        recording.record,
        recording.sealed_ms,
        recording.not_taken_ms,
        recording.not_stored_ms,
        paused_ms=recording.paused_ms,
        speech_ms=recording.speech_ms,
    )


def save_segment(recording: RecordingInProgress, state: SegmentState) -> SaveSegment:
    stored, digest = _file(recording)
    closed = state == "closed"
    row = SegmentRow(
        stored.recording_id,
        stored.segment,
        str(stored.path),
        recording.segment_start,
        recording.samples - recording.segment_start if closed else 0,
        digest.bytes if closed else 0,
        state,
        recording.chain.hex() if closed else "",
        digest.sha256 if closed else "",
        digest.keyslot_sha256,
    )
    return SaveSegment(row)


def _file(recording: RecordingInProgress) -> tuple[StoredSegment, SegmentDigest]:
    if recording.file is None:
        raise RuntimeError("the recording has no file yet")
    return recording.file.stored, recording.file.digest
