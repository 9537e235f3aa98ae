"""The keyslots of one recording, from the store's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from firmware.adapters.sealing.keyslot import read_keyslot
from firmware.adapters.store.recording_files import sealed_files
from firmware.core.home import Home
from firmware.ports.listening_keys import Keyslot


class KeyslotFolder:
    """``KeyslotShelf`` over ``data/recordings``. It goes by the sealed files: one without its keyslot was erased, which
    is not the same as absent.
    """

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings

    def keyslots(self, recording_id: str) -> Sequence[Keyslot]:
        return [
            Keyslot(segment, read_keyslot(Home.keyslot_of(path)))
            for segment, path in sealed_files(self._recordings, recording_id).items()
        ]
