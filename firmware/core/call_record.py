"""What is known of one recorded call: the words that go with the sound.

A record travels from the lines process to the recorder as JSON, is sealed into the recording itself, and fills the
catalogue's row. It is a value: every change makes a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self, TypeVar

from firmware.core.clock_quality import ClockQuality

Direction = Literal["inbound", "outbound"]
Presentation = Literal["available", "withheld", "unavailable"]
Side = Literal["far_party", "office"]

#: How the end cause of a call begins that was to be recorded, and was not: why follows.
NOT_RECORDED = "not recorded: "


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


# code: keyed on the phone; page: a signed-in person's browser; desk: a paired browser; panel: the button on the box;
# api: a till or another program; pbx: the telephone system, of the copy that it sends; automatic: the box itself.
How = Literal["code", "page", "desk", "panel", "api", "pbx", "automatic"]


@dataclass(frozen=True)
class Asker:
    """Who asked something of a call.

    ``who`` is a name or an extension; ``way`` how a code came: a ``KeyWay``, or "call" for one dialled as a new call.
    ``why`` is the reason that was given, if one was.
    """

    how: How
    who: str = ""
    way: str = ""
    why: str = ""


#: The tag of a call whose far party asked not to be recorded.
OPTED_OUT = "opted out"
#: The tag of a call in which more happened than its record lists; what was left out is sealed exactly all the same.
ABRIDGED = "not everything is listed"
#: The tag of a call of which something was kept that a pause should have dropped: the box stood still when asked.
PAUSED_TOO_LATE = "paused too late"
#: The tag of a call of which somebody marked a moment.
MARKED = "marked"
_MOST_TOLD = {"pauses": 50, "announcements": 60, "holds": 80, "parties": 30, "marks": 50}
STILL_PAUSED = "still paused at hang-up"
PAUSED_WHEN_BROKEN_OFF = "still paused when the recording broke off"


@dataclass(frozen=True)
class Pause:
    """A span of which nothing was kept (Unix ms, UTC). ``started_at_ms`` is the look-back before ``asked_at_ms``.

    ``ended_at_ms`` is None while it lasts, and else a little after it was resumed: what was on its way through the box
    then was said before. ``resumed_how`` is a ``How``, or ``STILL_PAUSED``, or
    ``PAUSED_WHEN_BROKEN_OFF``. ``why`` is the reason; a call that is to be recorded by law always has one.
    """

    started_at_ms: int
    asked_at_ms: int
    ended_at_ms: int | None = None
    how: str = ""
    who: str = ""
    resumed_how: str = ""
    resumed_who: str = ""
    why: str = ""


@dataclass(frozen=True)
class Hold:
    """A span for which one side had put the call on hold (Unix ms, UTC); recorded as silence of that side."""

    started_at_ms: int
    ended_at_ms: int | None
    side: Side


@dataclass(frozen=True)
class Mark:
    """A moment that somebody marked (Unix ms, UTC); ``how`` is a ``How``."""

    at_ms: int
    how: str = ""
    who: str = ""


# taken over: a phone put itself in another's place (RFC 3891); renamed: the exchange says that another party is there.
# joined, left: one more party came to a side of a conference, or went; who stood for the side still does.
PartyHow = Literal["blind transfer", "attended transfer", "taken over", "renamed", "joined", "left"]
BESIDE: frozenset[PartyHow] = frozenset({"joined", "left"})


@dataclass(frozen=True)
class PartyChange:
    """Another party took a side's place."""

    at_ms: int
    side: Side
    party: Party
    how: PartyHow


@dataclass(frozen=True)
class LegReport:
    """What one leg's media stream was like, as counted when it ended (RFC 3550 receiver counts).

    ``jitter_buffer_delay_ms`` is the delay of the last seconds in which packets came.
    """

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


_Part = TypeVar("_Part", Party, Notice, LegReport, Pause, Hold, Mark)


@dataclass(frozen=True)
class CallRecord:
    """The record of one recording. Times are Unix milliseconds, UTC; ``started_at_ms`` is that of sample 0.

    ``notice_given_by`` is who tells people that they are recorded, on a line that cannot. ``clock`` is how well the
    wall clock was known when the call came; None of a call of earlier days.
    """

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
    pauses: tuple[Pause, ...] = ()
    announcements: tuple[Notice, ...] = ()
    tags: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    parties: tuple[PartyChange, ...] = ()
    started_on: Literal["policy", "on demand"] = "policy"
    extension: str | None = None
    notice_given_by: str = ""
    # What a telephone system said of the call in a form of its own (RFC 7865), as it came; sealed with the sound only.
    session_metadata: tuple[str, ...] = ()
    clock: ClockQuality | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def paused(self) -> bool:
        """Whether nothing is to be kept at this moment; also of a recording that starts paused."""
        return bool(self.pauses) and self.pauses[-1].ended_at_ms is None

    @property
    def opted_out(self) -> bool:
        """Whether a party asked not to be recorded."""
        return OPTED_OUT in self.tags

    def without_parties(self) -> Self:
        """The same, naming nobody."""
        nobody = Party(presentation="unavailable")
        return replace(self, far_party=nobody, office_party=nobody, parties=(), extension=None, session_metadata=())

    def abridged(self) -> Self:
        """The same with the newest of each list only, and a tag that says so.

        A phone can go on hold a thousand times in a call; the record has to fit into a packet all the same.
        """
        newest = {name: getattr(self, name)[-most:] for name, most in _MOST_TOLD.items()}
        if all(len(kept) == len(getattr(self, name)) for name, kept in newest.items()):
            return self
        return replace(self, **newest, tags=(*self.tags, ABRIDGED))

    def broken_off(self, at_ms: int) -> Self:
        """The record of a recording that nobody ended; what lasted ends with it."""
        pauses = tuple(
            pause
            if pause.ended_at_ms is not None
            else replace(pause, ended_at_ms=max(at_ms, pause.started_at_ms), resumed_how=PAUSED_WHEN_BROKEN_OFF)
            for pause in self.pauses
        )
        holds = tuple(hold if hold.ended_at_ms is not None else replace(hold, ended_at_ms=at_ms) for hold in self.holds)
        cause = self.end_cause or "interrupted"
        return replace(self, ended_at_ms=at_ms, end_cause=cause, pauses=pauses, holds=holds)

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
        values["pauses"] = pauses_from_json(document.get("pauses", ()))
        values["announcements"] = notices_from_json(document.get("announcements", ()))
        values["tags"] = tuple(document.get("tags", ()))
        values["holds"] = holds_from_json(document.get("holds", ()))
        values["parties"] = parties_from_json(document.get("parties", ()))
        values["marks"] = marks_from_json(document.get("marks", ()))
        values["session_metadata"] = tuple(document.get("session_metadata", ()))
        values["clock"] = ClockQuality.from_json(document.get("clock"))
        return cls(**values)


def pauses_from_json(documents: Iterable[dict[str, Any]]) -> tuple[Pause, ...]:
    """Read the pauses of a record. Keys unknown to this version are ignored."""
    return tuple(_only_known(Pause, pause) for pause in documents)


def notices_from_json(documents: Iterable[dict[str, Any]]) -> tuple[Notice, ...]:
    """Read the announcements of a record. Keys unknown to this version are ignored."""
    return tuple(_only_known(Notice, notice) for notice in documents)


def holds_from_json(documents: Iterable[dict[str, Any]]) -> tuple[Hold, ...]:
    """Read the holds of a record. Keys unknown to this version are ignored."""
    return tuple(_only_known(Hold, hold) for hold in documents)


def marks_from_json(documents: Iterable[dict[str, Any]]) -> tuple[Mark, ...]:
    """Read the marks of a record. Keys unknown to this version are ignored."""
    return tuple(_only_known(Mark, mark) for mark in documents)


def parties_from_json(documents: Iterable[dict[str, Any]]) -> tuple[PartyChange, ...]:
    """Read the transfers of a record. Keys unknown to this version are ignored."""
    return tuple(_party_change(change) for change in documents)


def legs_from_json(documents: Iterable[dict[str, Any]]) -> tuple[LegReport, ...]:
    """Read the legs of a record. Keys unknown to this version are ignored."""
    return tuple(_only_known(LegReport, leg) for leg in documents)


def _only_known(kind: type[_Part], document: dict[str, Any]) -> _Part:
    known = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in document.items() if key in known})


def _party_change(document: dict[str, Any]) -> PartyChange:
    return PartyChange(document["at_ms"], document["side"], _only_known(Party, document["party"]), document["how"])
