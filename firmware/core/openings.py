"""Who opened which recordings, and what for, as the evidence tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

#: Kinds of evidence by which a recording was opened, with their words.
OPENINGS: Mapping[str, str] = {
    "listened": "Listened to",
    "downloaded": "Downloaded",
    "exported": "Exported by command",
    "bundle-opened": "Opened for a disclosure",
    "redaction-opened": "Opened to silence a part",
}


@dataclass(frozen=True)
class Opening:
    """One recording, opened once. ``purpose`` and ``name`` are empty where the detail has been erased."""

    at: datetime
    kind: str
    recording_id: str
    person_id: str
    name: str = ""
    purpose: str = ""
    case: str = ""


@dataclass(frozen=True)
class OpeningCount:
    """How often, by kind and by the office's day (ISO)."""

    by_kind: Mapping[str, int]
    by_day: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())
