"""Entries made by the process that holds the evidence log itself: the recorder, or a command when no recorder runs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from firmware.core.evidence_chain import commitment_to
from firmware.ports.evidence_log import DetailStore, EvidenceEntry, EvidenceLog


class LocalEvidenceDesk:
    """``EvidenceDesk`` over the log and the table of erasable details. Any thread."""

    def __init__(self, log: EvidenceLog, details: DetailStore) -> None:
        self._log = log
        self._details = details

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        """The detail is kept before the line that commits to it: a line's commitment can always be explained."""
        commitment = ""
        if detail:
            salt = secrets.token_bytes(16)
            commitment = commitment_to(detail, salt)
            self._details.keep_detail(commitment, salt, detail)
        return self._log.enter([EvidenceEntry(kind, dict(subject), commitment)])
