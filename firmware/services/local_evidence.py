"""Entries made by the process that holds the evidence log itself: the recorder, or a command when no recorder runs."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.core.entered_files import DETAILS_ERASED, ERASED, REWRAPPED
from firmware.core.evidence_chain import ENTRY_ID, commitment_to
from firmware.ports.erasing import Erasure
from firmware.ports.evidence_log import DetailStore, EvidenceEntry, EvidenceLog
from firmware.ports.office_keys import RewrappedSlot


class LocalEvidenceDesk:
    """``EvidenceDesk`` and ``ErasureEvidence`` over the log and the table of erasable details. Any thread."""

    def __init__(self, log: EvidenceLog, details: DetailStore) -> None:
        self._log = log
        self._details = details
        self._one_at_a_time = threading.Lock()

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        """The detail is kept before the line that commits to it: a line's commitment can always be explained.

        An entry that was made already, and is brought again by somebody who did not hear so, is not made twice.
        """
        with self._one_at_a_time:
            line = self._log.line_of(subject)
            return self._enter(kind, subject, detail) if line is None else line

    def _enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None) -> int:
        commitment = ""
        if detail:
            salt = secrets.token_bytes(16)
            commitment = commitment_to(detail, salt)
            self._details.keep_detail(commitment, salt, detail, subject.get("recording", ""))
        return self._log.enter([EvidenceEntry(kind, dict(subject), commitment)])

    def rewrapped(self, slots: Sequence[RewrappedSlot]) -> None:
        """``RewrapEvidence``: all in one flush, then the catalogue, which says what the log says."""
        with self._one_at_a_time:
            subjects = [
                {
                    "recording": each.recording_id,
                    "segment": str(each.segment),
                    "keyslot": each.keyslot,
                    "was": each.was,
                    ENTRY_ID: f"rewrapped-{each.keyslot[:32]}",
                }
                for each in slots
            ]
            if new := [EvidenceEntry(REWRAPPED, each) for each in subjects if self._log.line_of(each) is None]:
                self._log.enter(new)
            self._details.note_keyslots([(each.recording_id, each.segment, each.keyslot) for each in slots])

    def details_erased(self, first: int, last: int) -> None:
        """``OldRecordEvidence``: the details of these lines, but of those about a recording, are going to be erased."""
        subject = {"first": str(first), "last": str(last), "about": "no-recording"}
        self.enter(DETAILS_ERASED, subject | {ENTRY_ID: f"details-erased-{first}-{last}"})

    def erased(self, recordings: Sequence[Erasure]) -> None:
        """``ErasureEvidence``: all in one flush. By its id an entry is known that stands in the log already."""
        with self._one_at_a_time:
            subjects = [
                {"recording": each.recording_id, "because": each.because, ENTRY_ID: f"erased-{each.recording_id}"}
                for each in recordings
            ]
            new = [EvidenceEntry(ERASED, each) for each in subjects if self._log.line_of(each) is None]
            if new:
                self._log.enter(new)
