"""Calls as the recorder saves them."""

from __future__ import annotations

from firmware.core.call_record import CallRecord, LegReport, Notice, Party
from firmware.ports.catalogue import RecordingState, SaveRecording

BEGAN_MS = 1_772_000_000_000


def record(number: int, far: Party | None = None) -> CallRecord:
    return CallRecord(
        recording_id=f"{number:032x}",
        call_id=f"call-{number}",
        line="main",
        direction="inbound" if number % 2 else "outbound",
        far_party=far or Party(f"+4479460001{number:02d}"),
        office_party=Party("202"),
        started_at_ms=BEGAN_MS + number * 60_000,
        decided_by="the line records always",
        notice=Notice("call-recorded", "far_party", BEGAN_MS, BEGAN_MS + 3000, True),
        legs=(LegReport("far_party", "PCMA/8000", 100, 1, 0, 40.0),),
    )


def saved(call: CallRecord, state: RecordingState = "complete") -> SaveRecording:
    return SaveRecording(call.recording_id, call.started_at_ms, state, call, 61_000, 250, 0, 7)
