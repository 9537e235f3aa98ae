"""A PBX's call log (SMDR, CDR), as far as it can concern a recording.

The log tells which extension spoke with which number, when and for how long. What else a line says (names, costs,
account codes, digits keyed later) is never taken from it, and the line itself is not kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

LogDirection = Literal["inbound", "outbound", "internal", "unknown"]
LOG_DIRECTIONS: tuple[LogDirection, ...] = ("inbound", "outbound", "internal", "unknown")

#: ITU-T E.164: no telephone number is longer. What is keyed after it, such as a card's number, must not be kept.
#: Of one person, at once: rows that are shown, and rows that are erased.
MOST_FOUND, MOST_ERASED = 5000, 1000
MOST_DIGITS = 15
_ID_DIGITS = 32
#: A call is not logged later than this after it began.
LOGGED_WITHIN_MS = 8 * 24 * 3600_000
_NEWEST_MS = 2 * 24 * 3600_000
_LONGEST_TEXT = {"decided_by": 400}


@dataclass(frozen=True)
class LoggedCall:
    """One line of the log.

    Attributes:
        started_at_ms: when the parties began to speak, or else when the call began, by the PBX's clock (Unix ms).
        resolution_s: how exactly the log tells that; 60 where it has no seconds.
        extension: whose phone it was; as the PBX numbers it.
        number: the other party's, as the PBX wrote it; None where it is not known, or not to be known.
        reference: by which the PBX marks the lines that belong to one call; empty where it does not.
    """

    started_at_ms: int
    duration_ms: int
    direction: LogDirection
    extension: str | None = None
    trunk: str | None = None
    number: str | None = None
    answered: bool = True
    reference: str = ""
    resolution_s: int = 1

    @property
    def concerns_recording(self) -> bool:
        """Whether two people spoke over an outside line. Of all other calls there is nothing to keep."""
        return self.answered and self.duration_ms > 0 and self.direction != "internal"


@dataclass(frozen=True)
class LogRow:
    """A logged call as it is kept: with the line it belongs to, and what the recording policy says to it.

    Attributes:
        row_id: the same whenever the PBX sends the same line again.
        source: which PBX, by its name in the settings.
        line: the line whose calls these are; empty where the log does not tell.
        number: in the form of ``NumberForm``.
        meant: the policy meant to record it from its beginning: without a recording it is a missed one.
        decided_by: the words of the rule that says so.
    """

    row_id: str
    source: str
    line: str
    call: LoggedCall
    meant: bool
    decided_by: str
    retention_class: str
    received_at_ms: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Raises ValueError: it is no such row. Keys unknown to this version are ignored."""
        try:
            values = {field.name: document[field.name] for field in fields(cls)}
            told = {field.name: document["call"][field.name] for field in fields(LoggedCall)}
        except (KeyError, TypeError) as error:
            raise ValueError(f"a row of the call log lacks {error}") from error
        _check(values | told)
        return cls(**(values | {"call": LoggedCall(**told)}))


def _check(told: Mapping[str, Any]) -> None:
    """Raises ValueError: a value is not of its kind or out of its range."""
    for name in ("row_id", "source", "line", "retention_class", "reference", "decided_by"):
        if not isinstance(told[name], str) or len(told[name]) > _LONGEST_TEXT.get(name, 64):
            raise ValueError(f"{name} of a row is no text, or too long")
    for name in ("extension", "trunk", "number"):
        if told[name] is not None and (not isinstance(told[name], str) or len(told[name]) > 64):
            raise ValueError(f"{name} of a row is no text, or too long")
    for name in ("started_at_ms", "duration_ms", "resolution_s", "received_at_ms"):
        if type(told[name]) is not int or not 0 <= told[name] < 2**53:
            raise ValueError(f"{name} of a row is no number, or out of range")
    if told["direction"] not in LOG_DIRECTIONS:
        raise ValueError("the direction of a row is not known")
    if type(told["meant"]) is not bool or type(told["answered"]) is not bool:
        raise ValueError("a row was meant to be recorded or not, and answered or not")


def is_dated_well(call: LoggedCall, received_at_ms: int) -> bool:
    """Whether the line may be of a call of these days. A PBX whose battery is flat dates its calls in another year, and
    one that was not listened to for a long weekend sends what it kept."""
    return -LOGGED_WITHIN_MS <= call.started_at_ms - received_at_ms <= _NEWEST_MS


def row_id(source: str, started_at_ms: int, line: str) -> str:
    """The same for the same line of the same PBX; a line without a year is another one in another year."""
    told = f"{source}\0{started_at_ms}\0{' '.join(line.split())}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]
