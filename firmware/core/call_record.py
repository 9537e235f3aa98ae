"""What is known of one recorded call: the words that go with the sound.

A record travels from the lines process to the recorder as JSON, is sealed into the recording itself, and fills the
catalogue's row. It is a value: every change makes a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, TypeVar

Direction = Literal["inbound", "outbound"]
Presentation = Literal["available", "withheld", "unavailable"]
Side = Literal["far_party", "office"]


@dataclass(frozen=True)
class Party:
    """One end of a call as the network presents it.

    ``number`` is the presentation number, ``network_number`` the one the network vouches for (RFC 3325); they are kept
    apart. *Withheld* (the caller asked, RFC 3323) and *unavailable* (the network does not know) are different things,
    and neither ever carries a number or a name.
    """

    number: str | None = None
    presentation: Presentation = "available"
    network_number: str | None = None
    display_name: str | None = None

    def __post_init__(self) -> None:
        if self.presentation != "available":
            for name in ("number", "network_number", "display_name"):
                object.__setattr__(self, name, None)

    @property
    def shown(self) -> str:
        """What a page or a list shows for this party."""
        if self.presentation != "available":
            return self.presentation
        return self.number or "unavailable"


@dataclass(frozen=True)
class Notice:
    """A notice played to one party: which, to whom, from when to when (Unix ms, UTC)."""

    prompt: str
    to: Literal["far_party", "office_party"]
    started_at_ms: int
    ended_at_ms: int | None = None
    completed: bool = False


@dataclass(frozen=True)
class LegReport:
    """What one leg's media stream was like, as counted when it ended (RFC 3550 receiver counts)."""

    side: Side
    codec: str
    packets_received: int = 0
    packets_lost: int = 0
    packets_discarded: int = 0
    jitter_buffer_delay_ms: float = 0.0

    @property
    def lost_share(self) -> float:
        """Of the packets that were sent to the box, the part that never arrived: 0 to 1."""
        sent = self.packets_received + self.packets_lost
        return self.packets_lost / sent if sent else 0.0


_Part = TypeVar("_Part", Party, Notice, LegReport)


@dataclass(frozen=True)
class CallRecord:
    """The record of one recording. Times are Unix milliseconds, UTC; ``started_at_ms`` is that of sample 0."""

    recording_id: str
    call_id: str
    line: str
    direction: Direction
    far_party: Party
    office_party: Party
    started_at_ms: int
    decided_by: str
    mode: str = "always"
    answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    notice: Notice | None = None
    end_cause: str | None = None
    retention_class: str = "standard"
    legs: tuple[LegReport, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain JSON values; ``from_json`` gives the record back."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read a record. Keys unknown to this version are ignored, so that a newer lines process can be rolled back.

        Raises:
            KeyError: a field without a default is missing.
        """
        known = {field.name for field in fields(cls)}
        values = {key: value for key, value in document.items() if key in known}
        values["far_party"] = _only_known(Party, document["far_party"])
        values["office_party"] = _only_known(Party, document["office_party"])
        notice = document.get("notice")
        values["notice"] = _only_known(Notice, notice) if notice else None
        values["legs"] = legs_from_json(document.get("legs", ()))
        return cls(**values)


def legs_from_json(documents: Iterable[dict[str, Any]]) -> tuple[LegReport, ...]:
    """Read the legs of a record. Keys unknown to this version are ignored."""
    return tuple(_only_known(LegReport, leg) for leg in documents)


def _only_known(kind: type[_Part], document: dict[str, Any]) -> _Part:
    known = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in document.items() if key in known})
