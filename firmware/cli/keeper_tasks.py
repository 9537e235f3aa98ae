"""What the keeper does, put together in one place: each duty is a module in ``services`` and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.ports.keeper_task import KeeperTask
from firmware.ports.listening_keys import EvidenceDesk


@dataclass(frozen=True)
class KeeperParts:
    """What tasks are made of. ``catalogue`` writes (``database.open_beside_the_recorder``); any thread may use it."""

    home: Home
    settings: Settings
    catalogue: Engine
    evidence: EvidenceDesk
    clock: Clock


def keeper_tasks(parts: KeeperParts) -> Sequence[KeeperTask]:
    """All of them."""
    return []
