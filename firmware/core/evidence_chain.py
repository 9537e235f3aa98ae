"""The evidence log: one plain line per thing that happened, each holding the hash of the line before.

A line has six fields with one space between, and ends in a newline::

    17 2026-03-01T10:00:00.123Z recording-closed recording=0195…,segment=0,sha256=9c1d… 7be0… 4f2a…
    |  |                        |                |                                      |     |
    |  |                        |                |                                      |     hash of the line before
    |  |                        |                |                                      commitment to a detail, or -
    |  |                        |                opaque ids and digests, or -
    |  |                        what happened
    |  UTC
    number, from 1, through all days

A line's hash is ``sha256sum`` of the line with its newline; before line 1 it is 64 zeros. Days are files named
``YYYY-MM-DD.log``; the chain runs on through them. The log names nobody: who, which number and why is a *detail* kept
in a table that can be erased, and the line holds SHA-256(16 bytes of salt || the detail as canonical JSON).

A *checkpoint* is a C2SP signed note (https://c2sp.org/signed-note) over four lines: ``earmark evidence``, the number
of the last line, the base64 of its hash, and the time. Whoever keeps a checkpoint elsewhere can tell that nothing
before it was changed, removed or put in.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

BEFORE_THE_FIRST = "0" * 64
#: The id by which an entry that is brought twice is known, among a line's ids.
ENTRY_ID = "entry"
CHECKPOINT_ORIGIN = "earmark evidence"
SALT_BYTES = 16

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_KIND = re.compile(r"[a-z][a-z0-9-]{0,60}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_VALUE = re.compile(r"[A-Za-z0-9._:+/@-]{1,200}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class EvidenceFault(ValueError):
    """A line or the chain does not hold. The message says which line and why."""


@dataclass(frozen=True)
class EvidenceLine:
    """One line. ``subject`` holds opaque ids and digests; ``commitment`` is empty when there is no detail."""

    number: int
    at: datetime
    kind: str
    subject: Mapping[str, str]
    commitment: str
    previous: str

    def to_text(self) -> str:
        """The line with its newline.

        Raises:
            EvidenceFault: a kind, id or digest has characters that do not belong in a line.
        """
        if not _KIND.fullmatch(self.kind):
            raise EvidenceFault(f"{self.kind!r} is not a kind of evidence")
        for name, value in self.subject.items():
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise EvidenceFault(f"{name!r} with that value is not an opaque id")
        subject = ",".join(f"{name}={value}" for name, value in self.subject.items()) or "-"
        return f"{self.number} {time_text(self.at)} {self.kind} {subject} {self.commitment or '-'} {self.previous}\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a line.

        Raises:
            EvidenceFault: it is not one.
        """
        fields = text.removesuffix("\n").split(" ")
        if len(fields) != 6 or not text.endswith("\n"):
            raise EvidenceFault("the line does not have six fields")
        number, time, kind, subject, commitment, previous = fields
        try:
            at = datetime.strptime(time.removesuffix("Z") + "+0000", "%Y-%m-%dT%H:%M:%S.%f%z")
            pairs = dict(pair.split("=", 1) for pair in subject.split(",")) if subject != "-" else {}
            line = cls(int(number), at, kind, pairs, "" if commitment == "-" else commitment, previous)
        except ValueError as error:
            raise EvidenceFault("the line's number, time or ids cannot be read") from error
        if not _DIGEST.fullmatch(previous) or (line.commitment and not _DIGEST.fullmatch(line.commitment)):
            raise EvidenceFault("the line holds something that is not a digest")
        if line.to_text() != text:
            raise EvidenceFault("the line is not written as this box writes it")
        return line


class RecentEntries:
    """In which lines the newest entries stand that came with an id."""

    def __init__(self, most: int = 2_000) -> None:
        self._most = most
        self._lines: dict[str, int] = {}

    def note(self, line: int, subject: Mapping[str, str]) -> None:
        """An entry was made."""
        if ENTRY_ID in subject:
            self._lines[subject[ENTRY_ID]] = line
            if len(self._lines) > self._most:
                del self._lines[next(iter(self._lines))]

    def line_of(self, subject: Mapping[str, str]) -> int | None:
        """Where the entry stands already; None when it is new, or came without an id."""
        return self._lines.get(subject.get(ENTRY_ID, ""))


def time_text(at: datetime) -> str:
    """A UTC time as lines and checkpoints write it."""
    return at.strftime(_TIME_FORMAT)[:-4] + "Z"


def line_hash(text: str) -> str:
    """The hash by which the next line refers to this one (with its newline)."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class ChainEnd:
    """Where the log ends: the last line's number and hash."""

    number: int = 0
    head: str = BEFORE_THE_FIRST

    def follow(self, at: datetime, kind: str, subject: Mapping[str, str], commitment: str = "") -> tuple[str, ChainEnd]:
        """The next line's text, and the end after it."""
        text = EvidenceLine(self.number + 1, at, kind, subject, commitment, self.head).to_text()
        return text, ChainEnd(self.number + 1, line_hash(text))


def follow_chain(lines: Iterable[str]) -> Iterator[tuple[EvidenceLine, ChainEnd]]:
    """Each line with the end of the chain after it.

    Raises:
        EvidenceFault: a line cannot be read, is out of order, or does not hold the hash of the one before.
    """
    end = ChainEnd()
    for text in lines:
        where = f"after line {end.number}"
        try:
            line = EvidenceLine.from_text(text)
        except EvidenceFault as fault:
            raise EvidenceFault(f"{where}: {fault}") from fault
        if line.number != end.number + 1:
            raise EvidenceFault(f"{where} comes line {line.number}: lines are missing or were put in")
        if line.previous != end.head:
            raise EvidenceFault(
                f"line {line.number} does not hold the hash of line {end.number}: one of them was changed"
            )
        end = ChainEnd(line.number, line_hash(text))
        yield line, end


def commitment_to(detail: Mapping[str, Any], salt: bytes) -> str:
    """What a line holds instead of the detail: cannot be undone, and cannot be guessed without the salt."""
    canonical = json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(salt + canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """What a signed checkpoint says."""

    end: ChainEnd
    at: datetime

    def to_text(self) -> str:
        head = b64encode(bytes.fromhex(self.end.head)).decode("ascii")
        return f"{CHECKPOINT_ORIGIN}\n{self.end.number}\n{head}\n{time_text(self.at)}\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a checkpoint's text (without its signature).

        Raises:
            EvidenceFault: it is not one.
        """
        try:
            origin, number, head, time, rest = text.split("\n", 4)
            at = datetime.strptime(time.removesuffix("Z") + "+0000", "%Y-%m-%dT%H:%M:%S.%f%z")
            checkpoint = cls(ChainEnd(int(number), b64decode(head, validate=True).hex()), at)
        except ValueError as error:
            raise EvidenceFault("the checkpoint cannot be read") from error
        if origin != CHECKPOINT_ORIGIN or rest or checkpoint.to_text() != text:
            raise EvidenceFault("the checkpoint is not one of this log's")
        return checkpoint
