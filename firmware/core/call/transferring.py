"""Transfers: another leg takes the place of one that talks, and the call goes on as one call, with one recording.

Blind: the phone that asks names a number, which is dialled while the other party waits; it may hang up meanwhile (RFC
3515). Attended: the new party talks to it already, on a phone beyond the box (the INVITE then carries Replaces) or on a
leg of this box, which is adopted. A phone may also take over by itself: an INVITE with Replaces (RFC 3891).
"""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import ANSWERED_ELSEWHERE, AdoptLeg, RecordAsHeld, TakePlace, TransferProgress
from firmware.core.call.failure import another_trunk_may_help
from firmware.core.call.handlers import Feature
from firmware.core.call.making import TONE_MS, TRYING_MS, Making
from firmware.core.call.state import Call, Transfer
from firmware.core.call_record import BESIDE, Party, PartyChange, PartyHow, Side
from firmware.core.call_tones import RINGING, tone_for_status
from firmware.core.events import (
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTaken,
    LegTrying,
    PartyReplaced,
    TransferAsked,
)
from firmware.core.leg import Leg, LegNumber, dialled_together

_DECLINE = 603
_NOBODY_THERE = 480


# -- asked for by a phone ---------------------------------------------------------------------------------------------


def _asked(making: Making, event: TransferAsked) -> None:
    """Only the office's own phone may send the other party elsewhere, and only one step at a time."""
    call = making.call
    leg = call.leg(event.leg)
    if leg is None or not leg.usable or not call.plan.capabilities.ends_calls:
        return
    free = call.phase == "connected" and call.transfer is None and not call.plan.emergency
    if not free or not call.may_transfer(event.leg) or not event.targets:
        making.ask(TransferProgress(event.leg, _DECLINE))
        return
    how: PartyHow = "attended transfer" if event.replaces else "blind transfer"
    making.ask(TransferProgress(event.leg, 100))
    _dial(making, Transfer(event.leg, (), Party(event.number), how, event.targets, event.replaces))


def _dial(making: Making, transfer: Transfer) -> None:
    """Dial the next of the transfer's targets, and whatever rings beside it."""
    targets = dialled_together(transfer.waiting)
    outside = targets[0].peer != making.call.plan.office_peer
    legs = making.dial(targets, outside, _other_party(making, transfer.old), transfer.replaces)
    waiting = transfer.waiting[len(targets) :]
    making.change(transfer=replace(transfer, legs=legs, waiting=waiting, ring_ms=targets[0].ring_ms))
    making.start_timer("transfer", TRYING_MS)


def _other_party(making: Making, old: LegNumber) -> Party:
    return making.call.party_at(_other_side(making.call.side_of(old)))


def _other_side(side: Side | None) -> Side:
    return "office" if side == "far_party" else "far_party"


# -- how the new leg fares --------------------------------------------------------------------------------------------


def _trying(making: Making, event: LegTrying) -> None:
    leg = _new_leg(making, event.leg)
    if leg is not None and leg.state == "waiting":
        making.set_leg(leg.now("trying"))
        _let_ring(making)


def _progress(making: Making, event: LegProgress) -> None:
    leg, transfer = _new_leg(making, event.leg), making.call.transfer
    if leg is None or transfer is None or not leg.unanswered or leg.state == "ringing":
        return
    making.set_leg(leg.now("ringing"))
    _let_ring(making)
    if _waits(making, transfer.old):
        making.ask(TransferProgress(transfer.old, 180))


def _let_ring(making: Making) -> None:
    transfer = making.call.transfer
    turn_ms = transfer.ring_ms if transfer is not None and transfer.waiting else 0
    making.start_timer("transfer", turn_ms or making.call.plan.no_answer_ms)


def _answered(making: Making, event: LegAnswered) -> None:
    leg, transfer = _new_leg(making, event.leg), making.call.transfer
    if leg is None or transfer is None or not leg.unanswered:
        return
    making.set_leg(replace(leg, state="answered", phone=event.phone))
    for number in transfer.legs:
        if number != leg.number:
            making.hang_up(number, ANSWERED_ELSEWHERE)
    _swap(making, transfer.old, leg.number, Party(leg.extension) if leg.extension else transfer.party, transfer.how)


def _ended(making: Making, event: LegEnded) -> None:
    """The new leg failed, or the phone that asked has hung up: then the other party hears it ring meanwhile."""
    transfer, leg = making.call.transfer, making.call.leg(event.leg)
    if transfer is None or leg is None or not leg.alive or making.call.phase != "connected":
        return
    if event.leg in transfer.legs:
        making.set_leg(leg.now("ended"))
        left = tuple(number for number in transfer.legs if number != event.leg)
        making.change(transfer=replace(transfer, legs=left))
        if not left:
            _failed(making, transfer, event.status, rang=leg.state == "ringing")
    elif event.leg == transfer.old:
        making.set_leg(leg.now("ended"))
        making.change(bridged=False)
        other = _other_leg(making, transfer.old)
        if other is not None and other.usable:
            making.play_tone(RINGING, other.number)


def _no_answer(making: Making) -> None:
    transfer = making.call.transfer
    if transfer is None:
        return
    silent = all(making.call.legs[number].state == "waiting" for number in transfer.legs)
    _hang_up_new(making, transfer)
    _failed(making, transfer, 408 if silent else _NOBODY_THERE, rang=not silent)


def _hang_up_new(making: Making, transfer: Transfer) -> None:
    for number in transfer.legs:
        making.hang_up(number, 487)


def _failed(making: Making, transfer: Transfer, status: int, rang: bool) -> None:
    """Try the next target; without one, all is as it was, or there is nobody left to talk to."""
    making.cancel_timers(("transfer",))
    if transfer.waiting and (transfer.ring_ms or another_trunk_may_help(status, rang, emergency=False)):
        _dial(making, transfer)
        return
    making.change(transfer=None)
    status = status if status >= 300 else _NOBODY_THERE
    if _waits(making, transfer.old):
        making.ask(TransferProgress(transfer.old, status))
        return
    cause = f"the transfer failed: SIP {status}"
    making.stop_recording(cause)
    making.change(phase="tone", end_cause=cause)
    other = _other_leg(making, transfer.old)
    if other is not None and other.usable:
        making.play_tone(tone_for_status(status), other.number)
    making.start_timer("tone", TONE_MS)


def _new_leg(making: Making, number: LegNumber) -> Leg | None:
    transfer = making.call.transfer
    return making.call.leg(number) if transfer is not None and number in transfer.legs else None


def _waits(making: Making, number: LegNumber) -> bool:
    leg = making.call.leg(number)
    return leg is not None and leg.usable


def _other_leg(making: Making, number: LegNumber) -> Leg | None:
    call = making.call
    return call.attempt if number == call.caller_leg else call.caller


# -- taking the place -------------------------------------------------------------------------------------------------


def _replaced(making: Making, event: PartyReplaced) -> None:
    side = making.call.side_of(event.leg)
    if event.by is not None and making.call.plan.capabilities.ends_calls:
        _adopt(making, event)
    elif side is not None and (event.how in BESIDE or event.party != making.call.party_at(side)):
        _note_party(making, side, event.party, event.how)


def _adopt(making: Making, event: PartyReplaced) -> None:
    """Take a leg in; one that comes too late to talk to anybody is hung up."""
    assert event.by is not None
    new = Leg(len(making.call.legs), event.state, event.media_ready, phone=event.phone, outside=event.outside)
    making.set_leg(new)
    making.ask(AdoptLeg(new.number, event.by))
    if not _may_be_replaced(making.call, event):
        making.hang_up(new.number)
        return
    if making.call.transfer is not None:
        _hang_up_new(making, making.call.transfer)
    if new.state == "answered":
        _swap(making, event.leg, new.number, event.party, event.how)
        return
    making.change(transfer=Transfer(event.leg, (new.number,), event.party, event.how))
    making.start_timer("transfer", making.call.plan.no_answer_ms)


def _may_be_replaced(call: Call, event: PartyReplaced) -> bool:
    """In an emergency call nobody is made to wait for a phone that still rings."""
    talking = call.phase == "connected" and call.side_of(event.leg) is not None
    return talking and (event.state == "answered" or not call.plan.emergency)


def _swap(making: Making, old: LegNumber, new: LegNumber, party: Party, how: PartyHow) -> None:
    """Let the new leg talk, and be recorded, in the old one's place."""
    side = making.call.side_of(old)
    assert side is not None
    _part(making, old)
    making.ask(TakePlace(old, new))
    if making.call.on_record and old in making.call.recorded_as_held:
        making.ask(RecordAsHeld(new, False))
    making.change(
        recorded_as_held=making.call.recorded_as_held - {old},
        **{"caller_leg" if old == making.call.caller_leg else "called_leg": new},
    )
    _note_party(making, side, party, how)
    making.bridge()
    if how != "taken over" and _waits(making, old):
        making.ask(TransferProgress(old, 200))
    making.hang_up(old)


def _part(making: Making, old: LegNumber) -> None:
    """Undo what the old leg had with the other party, and the transfer."""
    making.cancel_timers(("transfer",))
    making.change(transfer=None)
    making.unbridge()
    side = making.call.side_of(old)
    if side is not None:
        making.end_announcements(False, side)
    other = _other_leg(making, old)
    making.stop_playing(old, *(() if other is None else (other.number,)))


def _note_party(making: Making, side: Side, party: Party, how: PartyHow) -> None:
    making.change(parties=(*making.call.parties, PartyChange(making.at_ms, side, party, how)))


def _taken(making: Making, event: LegTaken) -> None:
    """A leg goes on in another call; for this one that is the end."""
    leg = making.call.leg(event.leg)
    if leg is None or not leg.alive:
        return
    making.set_leg(leg.now("ended"))
    if making.call.phase != "ending":
        making.end("joined to another call")


TRANSFERRING = Feature(
    events={
        TransferAsked: _asked,
        LegTrying: _trying,
        LegProgress: _progress,
        LegAnswered: _answered,
        LegEnded: _ended,
        PartyReplaced: _replaced,
        LegTaken: _taken,
    },
    timers={"transfer": _no_answer},
)
