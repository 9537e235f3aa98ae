"""What the keeper's duties are made of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.ports.clock import Clock


@dataclass(frozen=True)
class KeeperParts:
    """``catalogue`` writes (``database.open_beside_the_recorder``). Any thread may use any of them."""

    home: Home
    settings: Settings
    catalogue: Engine
    evidence: RecorderEvidenceDesk
    clock: Clock
