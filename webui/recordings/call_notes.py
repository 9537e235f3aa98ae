"""Notes beside calls: read from the catalogue, written by the opener, which says who may."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from firmware.adapters.catalogue.call_notes import Note, NoteReader
from firmware.adapters.control.client import ControlClient, path_of
from webui.access.opener import Visitor


class CallNotes:
    """Any thread."""

    def __init__(self, catalogue: Path, opener: ControlClient) -> None:
        self._reader = NoteReader(catalogue)
        self._opener = opener

    def of(self, recording_id: str) -> Sequence[Note]:
        """In the order they were written. Raises StorageError."""
        return self._reader.notes(recording_id)

    def write(self, who: Visitor, recording_id: str, text: str) -> None:
        """
        Raises:
            NotAllowed, NoSuchRecording, SettingsError, ServiceAway: it was not written.
        """
        self._opener.post(path_of("recordings", recording_id, "notes"), {"text": text[:4000]}, token=who.token)
