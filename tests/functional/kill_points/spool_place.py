"""A recorder as it starts without the data disk."""

from __future__ import annotations

from pathlib import Path

from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.spool_files import SpooledSegmentFiles
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.core.home import Home
from tests.functional.kill_points import close

_ROOM_BYTES = 1_000_000_000


def record(home: Path, lines: close.Lines) -> None:
    place = Home(home)
    evidence = EvidenceFiles(place.spooled, load_device_key(place.device_key))
    store = SpooledSegmentFiles(place, DiskSpace(place.state), _ROOM_BYTES)
    close.record(place, lines, store, SpooledRows(place), evidence)
