"""Evidence that waits for the recorder: what must be in it outlives the process that made it, and comes in once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware.adapters.settings.waiting_evidence import WaitingEvidenceFile
from firmware.core.errors import ServiceAway
from firmware.core.evidence_chain import ENTRY_ID
from firmware.services.patient_evidence import PatientEvidence


class Recorder:
    """Takes entries, or is away."""

    def __init__(self) -> None:
        self.is_there = True
        self.taken: list[tuple[str, Mapping[str, str], Mapping[str, Any] | None]] = []

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        if not self.is_there:
            raise ServiceAway("The recorder process does not answer.")
        self.taken.append((kind, subject, detail))
        return len(self.taken)


def test_what_waits_on_disk_is_brought_by_the_next_process_with_the_id_that_it_had(tmp_path: Path) -> None:
    recorder, file = Recorder(), tmp_path / "waiting.json"
    evidence = PatientEvidence(recorder, WaitingEvidenceFile(file))
    assert evidence.enter_or_keep("settings-changed", {"person": "p1"}, {"sections": "web"})
    assert not file.exists(), "it was taken"
    recorder.is_there = False
    assert not evidence.enter_or_keep("settings-changed", {"person": "p1"}, {"sections": "pause"})
    assert not evidence.enter_or_keep("program-revoked", {"person": "p2"}, {"program": "Till"})
    evidence.enter_soon("signed-out", {"person": "p1"}, {})
    ids = [subject[ENTRY_ID] for _, subject, _ in WaitingEvidenceFile(file).entries()]
    recorder.is_there = True
    next_one = PatientEvidence(recorder, WaitingEvidenceFile(file))
    next_one.deliver_waiting()
    assert [(kind, detail) for kind, _, detail in recorder.taken[1:]] == [
        ("settings-changed", {"sections": "pause"}),
        ("program-revoked", {"program": "Till"}),
    ]
    assert [subject[ENTRY_ID] for _, subject, _ in recorder.taken[1:]] == ids
    assert not file.exists()


def test_a_file_of_them_that_is_damaged_is_told_of_and_stops_nothing(tmp_path: Path) -> None:
    recorder, file = Recorder(), tmp_path / "waiting.json"
    file.write_text("[[")
    PatientEvidence(recorder, WaitingEvidenceFile(file)).enter("signed-in", {}, {})
    assert [kind for kind, _, _ in recorder.taken] == ["entries-lost", "signed-in"]
