"""What files are called in the archive and among the backups: names that name nobody, and sort by time.

==============================================  ================================================================
``recordings/YYYY/MM/DD/STAMP-ID.ear``          the sealed file of a recording; STAMP is its UTC start, YYYYMMDDhhmmss
``recordings/YYYY/MM/DD/STAMP-ID.N.ear``        its segment N, after the first (which is 0)
``evidence/lines/YYYY/MM/DAY.FIRST-LAST.log``   a piece of that day's evidence log, from line to line
``evidence/checkpoints/NUMBER.note``            the checkpoint signed at that line
``earmark-STAMP.backup.age``                    a backup, by the UTC moment at which it was begun
``earmark-STAMP.keyslots-FIRST-LAST.age``       the keyslots that lines FIRST to LAST of the evidence tell of, likewise
==============================================  ================================================================

Numbers of lines have nine digits, so that names sort as numbers do. A file of one of these names never changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

RECORDINGS = "recordings"
EVIDENCE = "evidence"
LINES = f"{EVIDENCE}/lines"
CHECKPOINTS = f"{EVIDENCE}/checkpoints"

_STAMP = "%Y%m%d%H%M%S"
_SEGMENT = re.compile(r"recordings/\d{4}/\d\d/\d\d/(\d{14})-([0-9a-f]{32})(?:\.([1-9]\d{0,5}))?\.ear")
_PIECE = re.compile(r"evidence/lines/\d{4}/\d\d/(\d{4}-\d\d-\d\d)\.(\d{9})-(\d{9})\.log")
_NOTE = re.compile(r"evidence/checkpoints/(\d{9})\.note")
_BACKUP = re.compile(r"earmark-(\d{14})\.backup\.age")
_KEYSLOTS = re.compile(r"earmark-(\d{14})\.keyslots-(\d{9})-(\d{9})\.age")


@dataclass(frozen=True, order=True)
class EvidencePiece:
    """Lines ``first`` to ``last`` of one day's log, both included."""

    day: str
    first: int
    last: int

    @property
    def name(self) -> str:
        year, month, _ = self.day.split("-")
        return f"{LINES}/{year}/{month}/{self.day}.{self.first:09d}-{self.last:09d}.log"


@dataclass(frozen=True)
class ArchivedSegment:
    """Which segment a file of the archive is."""

    name: str
    recording_id: str
    segment: int


def segment_name(recording_id: str, segment: int, started_at_ms: int) -> str:
    """Where a segment lies in the archive. ``started_at_ms``: of the recording, Unix ms, as its header says."""
    start = datetime.fromtimestamp(started_at_ms / 1000, UTC)
    number = f".{segment}" if segment else ""
    return f"{RECORDINGS}/{start:%Y/%m/%d}/{start:{_STAMP}}-{recording_id}{number}.ear"


def read_segment_name(name: str) -> ArchivedSegment | None:
    """None: it is not the name of a sealed file."""
    match = _SEGMENT.fullmatch(name)
    return ArchivedSegment(name, match[2], int(match[3] or 0)) if match else None


def read_piece_name(name: str) -> EvidencePiece | None:
    match = _PIECE.fullmatch(name)
    return EvidencePiece(match[1], int(match[2]), int(match[3])) if match else None


def note_name(line: int) -> str:
    return f"{CHECKPOINTS}/{line:09d}.note"


def read_note_name(name: str) -> int | None:
    """The number of the line that the checkpoint was signed at."""
    match = _NOTE.fullmatch(name)
    return int(match[1]) if match else None


def backup_name(begun_at_ms: int) -> str:
    return f"earmark-{datetime.fromtimestamp(begun_at_ms / 1000, UTC):{_STAMP}}.backup.age"


def read_backup_name(name: str) -> int | None:
    """When the backup was begun, Unix ms to the second."""
    match = _BACKUP.fullmatch(name)
    return _read_stamp(match[1]) if match else None


@dataclass(frozen=True)
class KeyslotPiece:
    """Keyslots that were sent after a backup: those that lines ``first`` to ``last`` of the evidence tell of."""

    begun_at_ms: int
    first: int
    last: int

    @property
    def name(self) -> str:
        begun = datetime.fromtimestamp(self.begun_at_ms / 1000, UTC)
        return f"earmark-{begun:{_STAMP}}.keyslots-{self.first:09d}-{self.last:09d}.age"


def read_keyslots_name(name: str) -> KeyslotPiece | None:
    match = _KEYSLOTS.fullmatch(name)
    begun_at_ms = _read_stamp(match[1]) if match else None
    return KeyslotPiece(begun_at_ms, int(match[2]), int(match[3])) if match and begun_at_ms is not None else None


def read_sent_name(name: str) -> int | None:
    """When a backup, or keyslots after one, were begun, Unix ms to the second; None: it is the name of neither."""
    piece = read_keyslots_name(name)
    return piece.begun_at_ms if piece else read_backup_name(name)


def _read_stamp(stamp: str) -> int | None:
    try:
        return round(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None
