"""Finds a recording's keyslot files in the store, by the id alone.

A recording id is a UUIDv7 (RFC 9562, 5.7), which begins with its Unix milliseconds, and the store's folders are UTC
days: so there are at most three days to look in, and the catalogue is not needed to open a recording.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware.adapters.sealing.keyslot import read_keyslot
from firmware.core.errors import NoSuchRecording
from firmware.ports.listening_keys import Keyslot

_SEGMENT = re.compile(r"\.(\d+)\.key$")


class KeyslotFolder:
    """``KeyslotShelf`` over ``data/recordings``."""

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings

    def keyslots(self, recording_id: str) -> Sequence[Keyslot]:
        found: dict[int, Path] = {}
        for folder in self._folders(recording_id):
            # Sealed files are counted too: one without its keyslot was erased, which is not the same as absent.
            for sealed in folder.glob(f"{recording_id}.*.ear"):
                keyslot = sealed.with_suffix(".key")
                match = _SEGMENT.search(keyslot.name)
                if match:
                    found[int(match[1])] = keyslot
        if not found:
            raise _unknown(recording_id)
        return [Keyslot(segment, read_keyslot(found[segment])) for segment in sorted(found)]

    def _folders(self, recording_id: str) -> Iterator[Path]:
        try:
            identifier = uuid.UUID(recording_id)
        except ValueError:
            raise _unknown(recording_id) from None
        if recording_id not in (str(identifier), identifier.hex):
            raise _unknown(recording_id)
        made = datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)
        for day in (made, made - timedelta(days=1), made + timedelta(days=1)):
            yield self._recordings / f"{day:%Y/%m/%d}"


def _unknown(recording_id: str) -> NoSuchRecording:
    return NoSuchRecording(f"There is no recording {recording_id[:64]!r}.", "List them with: earmark recordings list")
