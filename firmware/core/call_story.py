"""What happened in a call besides talking, in plain words: for the page, the command line and whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.core.call_record import (
    BESIDE,
    NOT_RECORDED,
    PAUSED_WHEN_BROKEN_OFF,
    STILL_PAUSED,
    Hold,
    Mark,
    Notice,
    PartyChange,
    Pause,
    Side,
)
from firmware.core.spoken_length import spoken_length

#: Shown for the parties of a call that policy never records.
NOT_KEPT = "not kept"

MomentKind = Literal["announcement", "pause", "hold", "transfer", "mark"]


class Told(Protocol):
    """A call's record, or its row in the catalogue."""

    @property
    def pauses(self) -> tuple[Pause, ...]: ...
    @property
    def announcements(self) -> tuple[Notice, ...]: ...
    @property
    def holds(self) -> tuple[Hold, ...]: ...
    @property
    def parties(self) -> tuple[PartyChange, ...]: ...
    @property
    def marks(self) -> tuple[Mark, ...]: ...


@dataclass(frozen=True)
class Moment:
    """Something that happened, and when (Unix ms, UTC)."""

    at_ms: int
    kind: MomentKind
    text: str


def story(call: Told, going_on: bool = False) -> list[Moment]:
    """Everything that is known to have happened, in order. ``going_on``: the call is being recorded at this moment."""
    moments = [
        *(Moment(pause.asked_at_ms, "pause", _pause(pause, going_on)) for pause in call.pauses),
        *(Moment(hold.started_at_ms, "hold", _hold(hold)) for hold in call.holds),
        *(Moment(change.at_ms, "transfer", _transfer(change)) for change in call.parties),
        *(Moment(said.started_at_ms, "announcement", _announcement(said)) for said in call.announcements),
        *(Moment(mark.at_ms, "mark", f"Marked {_asker(mark.how, mark.who)}.") for mark in call.marks),
    ]
    return sorted(moments, key=lambda moment: moment.at_ms)


def why_not_recorded(mode: str, decided_by: str, opted_out: bool, end_cause: str | None) -> str:
    """Why nothing of a call was kept, as the end of a sentence."""
    if end_cause and end_cause.startswith(NOT_RECORDED):
        return end_cause.removeprefix(NOT_RECORDED)
    if opted_out or mode == "never":
        return decided_by
    if mode == "on_demand":
        return f"nobody started the recording ({decided_by})"
    return "the notice was not heard to its end"


def names_nobody(mode: str, opted_out: bool) -> bool:
    """Whether the row of a call that was not recorded is without its parties: nobody asked for a list of such calls."""
    return mode == "never" and not opted_out


def prompt_name(prompt: str) -> str:
    """A prompt's id as a person would write it: ``call-recorded`` is *Call recorded*."""
    return prompt.replace("-", " ").replace("_", " ").strip().capitalize()


def _announcement(said: Notice) -> str:
    to = "the outside party" if said.to == "far_party" else "the office"
    if said.completed:
        heard = "to its end"
    elif said.ended_at_ms is None:
        heard = "not finished"
    else:
        heard = f"cut short after {spoken_length((said.ended_at_ms - said.started_at_ms) / 1000)}"
    return f"“{prompt_name(said.prompt)}” was played to {to}, {heard}."


def _pause(pause: Pause, going_on: bool) -> str:
    asked = f"Asked for {_asker(pause.how, pause.who)}{f', because of {pause.why}' if pause.why else ''}"
    if pause.ended_at_ms is None:
        return f"Recording paused{'' if going_on else ', and not known until when'}. {asked}."
    paused = f"Recording paused for {spoken_length((pause.ended_at_ms - pause.started_at_ms) / 1000)}"
    if pause.resumed_how in (STILL_PAUSED, PAUSED_WHEN_BROKEN_OFF):
        return f"{paused}, and {pause.resumed_how}. {asked}."
    return f"{paused}. {asked}; resumed {_asker(pause.resumed_how, pause.resumed_who)}."


def _asker(how: str, who: str) -> str:
    match how:
        case "code":
            return f"by a code from the phone of {who}" if who else "by a code from the office’s phone"
        case "page":
            return f"by {who} on the web page" if who else "on the web page"
        case "desk":
            return f"at the paired desk {who}".rstrip()
        case "panel":
            return "with the button on the box"
        case "api":
            return f"by the program {who}" if who else "by another program"
        case "pbx":
            return "by the telephone system"
        case "automatic":
            return "by the box itself"
    return f"by {who}" if who else "by somebody who is not known"


def _hold(hold: Hold) -> str:
    if hold.ended_at_ms is None:
        return f"{_SIDES[hold.side]} put the call on hold."
    length = spoken_length((hold.ended_at_ms - hold.started_at_ms) / 1000)
    return f"{_SIDES[hold.side]} put the call on hold for {length}; its music is not recorded."


def _transfer(change: PartyChange) -> str:
    place = "the outside party’s" if change.side == "far_party" else "the office’s"
    if change.how == "renamed":
        return f"{change.party.shown} was connected in {place} place, as the exchange said."
    if change.how in BESIDE:
        return f"{change.party.shown} {change.how} the call, on {place} side."
    return f"{change.party.shown} took {place} place ({change.how})."


_SIDES: dict[Side, str] = {"far_party": "The outside party", "office": "The office"}
