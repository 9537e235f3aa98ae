"""Sealed revisions on their way into the store: ``data/revisions/<id>.ear`` while they are received."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from firmware.adapters.store.durable_files import (
    file_mode,
    key_mode,
    make_folders,
    replace_file,
    storage_errors,
    sync_folder,
    write_all,
)
from firmware.core.home import Home
from firmware.core.sealed_scan import Scan, scan
from firmware.ports.recording_store import SegmentDigest
from firmware.ports.redactions import RedactionOrder


class RevisionFolder:
    """``RevisionFiles`` of one data folder. Ids come from orders, never from whoever sends."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def append(self, revision_id: str, at: int, content: bytes) -> bool:
        path = self._received(revision_id)
        with storage_errors("written", path):
            make_folders(path.parent)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, file_mode(path.parent))
            try:
                if at > os.fstat(file).st_size:
                    return False
                os.ftruncate(file, at)
                os.lseek(file, at, os.SEEK_SET)
                write_all(file, content)
            finally:
                os.close(file)
        return True

    def close(self, revision_id: str, keyslot: bytes) -> None:
        path = self._received(revision_id)
        with storage_errors("written", path), path.open("rb") as file:
            os.fsync(file.fileno())
        replace_file(self._home.keyslot_of(path), keyslot)

    def scan(self, revision_id: str) -> Scan:
        path = self._received(revision_id)
        with storage_errors("read", path):
            return scan(path.read_bytes())

    def received_sha256(self, revision_id: str) -> str:
        return _sha256(self._received(revision_id))

    def place(self, order: RedactionOrder) -> tuple[str, Scan, SegmentDigest]:
        path = self._home.segment(order.revision_id, 0, order.started_at_ms)
        received = self._received(order.revision_id)
        with storage_errors("made", path):
            make_folders(path.parent)
            # The keyslot first: a sealed file without one would look like one whose key was destroyed.
            keyslots = self._home.keyslot_of(received), self._home.keyslot_of(path)
            for (source, target), mode_in in ((keyslots, key_mode), ((received, path), file_mode)):
                if source.exists():
                    source.chmod(mode_in(target.parent))
                    source.replace(target)
            sync_folder(path.parent)
            sync_folder(received.parent)
            content = path.read_bytes()
        digest = SegmentDigest(len(content), hashlib.sha256(content).hexdigest(), _sha256(self._home.keyslot_of(path)))
        return str(path.relative_to(self._home.data)), scan(content), digest

    def discard(self, revision_id: str) -> None:
        path = self._received(revision_id)
        with storage_errors("removed", path):
            path.unlink(missing_ok=True)
            self._home.keyslot_of(path).unlink(missing_ok=True)

    def _received(self, revision_id: str) -> Path:
        return self._home.revisions / f"{revision_id}.0.ear"


def _sha256(path: Path) -> str:
    with storage_errors("read", path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
