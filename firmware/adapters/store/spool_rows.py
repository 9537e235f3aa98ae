"""The catalogue's rows, and details of the evidence, while there is no catalogue: a small file each.

``rows/<recording id>.json`` says what is no secret (when, how long, which files) in clear, and the call's record, which
names people and numbers, sealed to the data disk's key (``spool_seal``). ``details/<commitment>`` is sealed whole. The
recorder cannot open either again until the data disk is there: after a restart it knows how far a recording had come,
and not whose it is. Where no data disk ever was, there is no key to seal to: then neither is kept, the row is without
parties (they are sealed in the recording), and the line's commitment without its detail.
"""

from __future__ import annotations

import json
import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.adapters.sealing.spool_seal import open_sealed, seal
from firmware.adapters.store.durable_files import make_folders, replace_file, storage_errors, sync_folder
from firmware.core.call_record import CallRecord, Pause
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.ports.catalogue import CatalogueChange, SaveRecording, SaveSegment, SegmentRow, Unfinished
from firmware.ports.spool import SpooledCall, SpooledDetail

_LOG = logging.getLogger(__name__)
_Row = dict[str, Any]
_FIGURES = ("duration_ms", "not_taken_ms", "not_stored_ms", "paused_ms")


class SpooledRows:
    """The ``CatalogueWriter`` and ``DetailStore`` of the spool. Any thread.

    Raises (from the constructor):
        StorageError: the spool cannot be read or made.
    """

    def __init__(self, home: Home) -> None:
        self._rows_folder, self._details_folder = home.spool / "rows", home.spool / "details"
        self._public = _public_key(home)
        self._secret_file = home.spool_key
        self._guard = threading.Lock()
        for folder in (self._rows_folder, self._details_folder):
            with storage_errors("made", folder):
                make_folders(folder)
        with storage_errors("read", self._rows_folder):
            self._rows = {path.stem: _read(path) for path in self._rows_folder.glob("*.json")}

    # --- as the recorder's catalogue

    def apply(self, changes: Sequence[CatalogueChange]) -> None:
        """One row at a time: after an error some may be saved. Saving the same again changes nothing."""
        with self._guard:
            changed: dict[str, _Row] = {}
            for change in changes:
                recording = change.recording_id if isinstance(change, SaveRecording) else change.row.recording_id
                row = changed.setdefault(recording, dict(self._rows.get(recording, {"segments": {}})))
                if isinstance(change, SaveRecording):
                    row |= self._of_recording(change)
                else:
                    row["segments"] = row["segments"] | {str(change.row.n): asdict(change.row)}
            for recording, row in changed.items():
                replace_file(self._file(recording), json.dumps(row).encode())
                self._rows[recording] = row

    def unfinished(self) -> Sequence[Unfinished]:
        with self._guard:
            return [_unfinished(name, row) for name, row in self._rows.items() if row["state"] == "recording"]

    def known(self, recording_id: str) -> Unfinished | None:
        with self._guard:
            row = self._rows.get(recording_id)
            return _unfinished(recording_id, row) if row else None

    def keep_detail(self, commitment: str, salt: bytes, detail: Mapping[str, Any], recording_id: str = "") -> None:
        document = {"salt": b64encode(salt).decode(), "detail": detail, "recording_id": recording_id}
        if self._public:
            replace_file(self._details_folder / commitment, seal(json.dumps(document).encode(), self._public))

    def note_keyslots(self, digests: Sequence[tuple[str, int, str]]) -> None:
        """Raises StorageError: who wraps keyslots anew does so on the data disk, and never here."""
        raise StorageError("A keyslot in the spool is not wrapped anew.", "Unlock the data disk, and do it again.")

    # --- as they are taken in

    def calls(self) -> Sequence[SpooledCall]:
        with self._guard:
            found = [
                SpooledCall(recording, row["started_at_ms"], row["state"] != "recording")
                for recording, row in self._rows.items()
            ]
        return sorted(found, key=lambda call: (call.started_at_ms, call.recording_id))

    def changes(self, recording_id: str) -> Sequence[CatalogueChange]:
        with self._guard:
            row = dict(self._rows[recording_id])
        words = self._opened(b64decode(row.get("sealed", "")))
        record = CallRecord.from_json(words) if words else None
        figures = {name: row.get(name) for name in _FIGURES}
        saved = SaveRecording(recording_id, row["started_at_ms"], row["state"], record, **figures)
        return [
            saved,
            *(SaveSegment(SegmentRow(**each)) for _, each in sorted(row["segments"].items(), key=_by_number)),
        ]

    def detail(self, commitment: str) -> SpooledDetail | None:
        path = self._details_folder / commitment
        if not path.exists():
            return None
        with storage_errors("read", path):
            found = self._opened(path.read_bytes())
        return SpooledDetail(b64decode(found["salt"]), found["detail"], found["recording_id"]) if found else None

    def forget(self, recording_id: str) -> None:
        with self._guard, storage_errors("removed", self._rows_folder):
            self._file(recording_id).unlink(missing_ok=True)
            sync_folder(self._rows_folder)
            self._rows.pop(recording_id, None)

    def forget_details(self, commitments: Sequence[str] | None = None) -> None:
        """These; or all there are, of which some may have been left by a kill."""
        with storage_errors("removed", self._details_folder):
            names = [path.name for path in self._details_folder.iterdir()] if commitments is None else commitments
            for name in names:
                (self._details_folder / name).unlink(missing_ok=True)

    # ---

    def _of_recording(self, change: SaveRecording) -> _Row:
        said: _Row = {"started_at_ms": change.started_at_ms, "state": change.state}
        said |= {name: value for name in _FIGURES if (value := getattr(change, name)) is not None}
        if change.record is not None:
            words = json.dumps(change.record.to_json()).encode()
            said["sealed"] = b64encode(seal(words, self._public)).decode() if self._public else ""
            said["pauses"] = [[each.started_at_ms, each.asked_at_ms, each.ended_at_ms] for each in change.record.pauses]
        return said

    def _opened(self, sealed: bytes) -> _Row | None:
        with suppress(OSError):
            content = open_sealed(sealed, self._secret_file.read_bytes()) if sealed else None
            return dict(json.loads(content)) if content else None
        return None

    def _file(self, recording_id: str) -> Path:
        return self._rows_folder / f"{recording_id}.json"


def _by_number(item: tuple[str, object]) -> int:
    return int(item[0])


def _read(path: Path) -> _Row:
    return dict(json.loads(path.read_bytes()))


def _public_key(home: Home) -> bytes:
    """Empty when there is none."""
    with storage_errors("read", home.spool_public_key):
        if home.spool_public_key.exists():
            return home.spool_public_key.read_bytes()
    _LOG.warning("there is no %s: who calls is not kept until the data disk is there", home.spool_public_key)
    return b""


def _unfinished(recording_id: str, row: _Row) -> Unfinished:
    segments = tuple(SegmentRow(**each) for _, each in sorted(row["segments"].items(), key=_by_number))
    return Unfinished(
        recording_id,
        row["started_at_ms"],
        row.get("not_stored_ms", 0),
        segments,
        row.get("paused_ms", 0),
        tuple(Pause(*spans) for spans in row.get("pauses", ())),
    )
