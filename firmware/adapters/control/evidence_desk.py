"""``EvidenceDesk`` over the recorder's control socket: the recorder is the evidence log's one writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import ServiceAway
from firmware.ports.erasing import Erasure
from firmware.ports.office_keys import RewrappedSlot


class RecorderEvidenceDesk:
    def __init__(self, recorder_socket: Path) -> None:
        self._client = ControlClient(recorder_socket, timeout_s=5.0)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        answer = self._client.post("/evidence", {"kind": kind, "subject": dict(subject), "detail": detail})
        line = answer.get("line")
        if not isinstance(line, int):
            raise ServiceAway("The recorder took an evidence entry but named no line.", "Restart: earmark recorder")
        return line

    def rewrapped(self, slots: Sequence[RewrappedSlot]) -> None:
        """``RewrapEvidence``: the recorder takes it from the opener alone."""
        self._client.post("/evidence/rewrapped", {"slots": [asdict(each) for each in slots]})

    def details_erased(self, first: int, last: int) -> None:
        """``OldRecordEvidence``: the recorder takes it from the keeper alone."""
        self._client.post("/evidence/details-erased", {"first": first, "last": last})

    def erased(self, recordings: Sequence[Erasure]) -> None:
        """``ErasureEvidence``: the recorder takes it from the keeper alone."""
        self._client.post("/evidence/erased", {"recordings": [asdict(each) for each in recordings]})
