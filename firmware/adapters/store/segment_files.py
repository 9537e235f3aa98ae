"""Sealed segments as files in ``data/recordings/YYYY/MM/DD``, flushed together with one syncfs(2)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from firmware.adapters.store.durable_files import (
    file_mode,
    key_mode,
    make_folders,
    must_be_there,
    storage_errors,
    sync_file_system,
    write_all,
)
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.core.sealed_format import HEADER_BYTES
from firmware.core.sealed_scan import Scan, scan
from firmware.ports.recording_store import SegmentDigest, SegmentFile, StoredSegment

_NAME = re.compile(r"([0-9a-f]{32})\.(\d{1,6})\.ear")
_GRANT = re.compile(r"([0-9a-f]{32}\.\d{1,6})\.[0-9a-f]{32}\.grant")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class OpenSegmentFile:
    """The ``SegmentFile``: appends at an offset of its own, so that a torn write is overwritten, not followed."""

    def __init__(self, stored: StoredSegment, path: Path, file: int, keyslot_sha256: str) -> None:
        self._stored = stored
        self._path = path
        self._file = file
        self._keyslot_sha256 = keyslot_sha256
        self._bytes = 0
        self._hash = hashlib.sha256()

    @property
    def stored(self) -> StoredSegment:
        return self._stored

    @property
    def digest(self) -> SegmentDigest:
        return SegmentDigest(self._bytes, self._hash.hexdigest(), self._keyslot_sha256)

    def append(self, content: bytes) -> None:
        with storage_errors("written", self._path):
            try:
                write_all(self._file, content)
            except OSError:
                os.ftruncate(self._file, self._bytes)
                os.lseek(self._file, self._bytes, os.SEEK_SET)
                raise
        self._bytes += len(content)
        self._hash.update(content)

    def close(self) -> None:
        os.close(self._file)


class SegmentFilesReader:
    """The reading half of the ``RecordingStore``: touches nothing."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def segments(self, recording_id: str, started_at_ms: int) -> Sequence[StoredSegment]:
        folder = self._home.segment(recording_id, 0, started_at_ms).parent
        return self._found(folder.glob(f"{recording_id}.*.ear"))

    def recent(self, since_ms: int) -> Sequence[StoredSegment]:
        oldest = datetime.fromtimestamp(since_ms / 1000, tz=UTC).strftime("%Y/%m/%d")
        days = (day for day in self._home.recordings.glob("[0-9]*/[0-9]*/[0-9]*"))
        return self._found(
            path for day in days if str(day.relative_to(self._home.recordings)) >= oldest for path in day.glob("*.ear")
        )

    def everything(self) -> Sequence[StoredSegment]:
        return self._found(self._home.recordings.glob("[0-9]*/[0-9]*/[0-9]*/*.ear"))

    def strangers(self) -> Sequence[Path]:
        return [
            path.relative_to(self._home.data)
            for path in sorted(self._home.recordings.rglob("*"))
            if path.is_file() and not (_NAME.fullmatch(path.name) or _is_keyslot(path) or _is_grant(path))
        ]

    def scan(self, stored: StoredSegment) -> Scan:
        path = self._home.data / stored.path
        with storage_errors("read", path):
            content = path.read_bytes()
        return scan(content)

    def digest(self, stored: StoredSegment) -> SegmentDigest:
        path = self._home.data / stored.path
        keyslot = self._home.keyslot_of(path)
        with storage_errors("read", path):
            with path.open("rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest()
            beside = hashlib.sha256(keyslot.read_bytes()).hexdigest() if keyslot.exists() else ""
            return SegmentDigest(path.stat().st_size, whole, beside)

    def _found(self, paths: Iterable[Path]) -> list[StoredSegment]:
        found = []
        for path in paths:
            match = _NAME.fullmatch(path.name)
            if match:
                found.append(StoredSegment(match[1], int(match[2]), path.relative_to(self._home.data)))
        return sorted(found, key=lambda stored: (stored.path.parent, stored.recording_id, stored.segment))


class SegmentFiles(SegmentFilesReader):
    """The ``RecordingStore`` of one data folder.

    Raises (from the constructor):
        StorageError: the folder cannot be made or written; the message says which and what to do.
    """

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        folder = home.recordings
        with storage_errors("made", folder):
            make_folders(folder)
        self.must_be_writable()
        with storage_errors("read", folder):
            self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> SegmentFile:
        path = self._home.segment(recording_id, segment, started_at_ms)
        beside = self._home.keyslot_of(path)
        made: list[Path] = []
        with storage_errors("made", path), _removing_on_error(made):
            must_be_there(self._home.recordings, self._folder)
            make_folders(path.parent)
            if not path.exists():
                # Of a recorder that was killed between the two: a key without a file opens nothing, and is in the way.
                beside.unlink(missing_ok=True)
            made.append(_write_new(beside, keyslot))
            file = os.open(path, _NEW_FILE, file_mode(path.parent))
            made.append(path)
            stored = StoredSegment(recording_id, segment, path.relative_to(self._home.data))
            opened = OpenSegmentFile(stored, path, file, hashlib.sha256(keyslot).hexdigest())
            try:
                opened.append(header_block)
            except StorageError:
                opened.close()
                raise
            return opened

    def must_be_writable(self) -> None:
        """Raises StorageError. A file system that turned itself read-only does not tell: only trying does."""
        probe = self._home.recordings / f".writable.{os.getpid()}"
        with storage_errors("written", self._home.recordings):
            os.close(os.open(probe, _NEW_FILE, 0o600))
            probe.unlink()

    def flush(self) -> None:
        with storage_errors("flushed", self._home.recordings):
            sync_file_system(self._folder)

    def discard_empty(self, stored: StoredSegment) -> bool:
        path = self._home.data / stored.path
        with storage_errors("removed", path):
            if path.stat().st_size >= HEADER_BYTES:
                return False
            self._home.keyslot_of(path).unlink(missing_ok=True)
            path.unlink()
            return True

    def close(self) -> None:
        os.close(self._folder)


def _is_keyslot(path: Path) -> bool:
    segment = path.with_suffix(".ear")
    return path.suffix == ".key" and bool(_NAME.fullmatch(segment.name)) and segment.exists()


def _is_grant(path: Path) -> bool:
    """Of whom and until when is the opener's business; it is at home beside its segment."""
    name = _GRANT.fullmatch(path.name)
    return name is not None and path.with_name(f"{name[1]}.ear").exists()


def _write_new(path: Path, content: bytes) -> Path:
    file = os.open(path, _NEW_FILE, key_mode(path.parent))
    try:
        write_all(file, content)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(file)
    return path


@contextlib.contextmanager
def _removing_on_error(made: list[Path]) -> Iterator[None]:
    """A segment that could not be begun leaves nothing behind: its name is free for the next try."""
    try:
        yield
    except (OSError, StorageError):
        for path in made:
            path.unlink(missing_ok=True)
        raise
