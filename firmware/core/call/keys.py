"""Keys that people press during the call: codes from the office's phone are obeyed, every other key passes.

Only the office's leg is listened to for codes: the caller's own keys can never pause a recording, nor can their echo,
which a phone on two wires or a loudspeaker sends back. Nothing is held back in an emergency call.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.actions import act
from firmware.core.call.effects import RelayKey, SwallowTones
from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call.state import Call, OfficeKeys
from firmware.core.call_record import Asker
from firmware.core.events import KeyPressed
from firmware.core.feature_code import KEYS_MS, NO_CODES, FeatureCodes, Key
from firmware.core.leg import LegNumber

# Some phones and gateways send a key in two ways at once: within this time it is one press.
_DOUBLE_MS = 250
# Every code begins with it.
_ASTERISK = "*"
# There and back through two jitter buffers, and the half second after which a long tone is told.
_ECHO_MS = 1_000


def _key_pressed(making: Making, event: KeyPressed) -> None:
    if making.call.phase == "ending":
        return  # only goodbyes are outstanding: there is nobody left to pass it on to
    key = Key(event.key, event.duration_ms, event.way)
    match making.call.side_of(event.leg):
        case "far_party":
            _far_party_pressed(making, event.leg, key)
        case "office":
            _office_pressed(making, event.leg, key)


def _far_party_pressed(making: Making, leg: LegNumber, key: Key) -> None:
    """Pass it on, unless it is heard anyhow. The office's phone may sound it, and its microphone pick that up."""
    if key.key == _ASTERISK:
        sounds_ms = 0 if key.way == "audible" else key.duration_ms
        making.change(keys=replace(making.call.keys, echo_until_ms=making.at_ms + sounds_ms + _ECHO_MS))
    if key.way != "audible":
        _pass_on(making, leg, (key,))


def _office_pressed(making: Making, leg: LegNumber, key: Key) -> None:
    keys = making.call.keys
    if _is_double(keys, key, making.at_ms) or _is_echo(keys, key, making.at_ms):
        # Its tone may have been muted, and no code is waited for that would let sound through again.
        if key.way == "audible" and not keys.collector.held:
            _let_sound_through(making)
        return
    collector, collected = keys.collector.press(key, _codes(making.call))
    was_held = bool(keys.collector.held)
    making.change(keys=replace(keys, collector=collector, last=key, last_at_ms=making.at_ms))
    making.cancel_timers(("keys",))
    if collector.held:
        making.start_timer("keys", KEYS_MS)
    # A tone that no code began with was never muted: the other party has heard it.
    if was_held or key.way != "audible":
        _pass_on(making, leg, collected.released)
    if was_held and not collector.held:
        _let_sound_through(making)
    if collected.action is not None:
        act(making, collected.action, Asker("code", making.call.party_at("office").number or "", key.way))


def _is_double(keys: OfficeKeys, key: Key, at_ms: int) -> bool:
    last = keys.last
    return last is not None and last.key == key.key and last.way != key.way and at_ms - keys.last_at_ms < _DOUBLE_MS


def _is_echo(keys: OfficeKeys, key: Key, at_ms: int) -> bool:
    return key.key == _ASTERISK and key.way == "audible" and at_ms < keys.echo_until_ms


def _codes(call: Call) -> FeatureCodes:
    """The codes that are obeyed now. Whom the caller was transferred to outside is no more staff than the caller."""
    office = call.office_leg
    staff = office is not None and not office.outside
    known = call.plan.capabilities.hears_keys
    return call.plan.codes if staff and known and not call.plan.emergency else NO_CODES


def _pass_on(making: Making, leg: LegNumber, keys: tuple[Key, ...]) -> None:
    """Send keys on to the other party, if the two hear each other."""
    call, attempt = making.call, making.call.attempt
    if not call.bridged or attempt is None:
        return
    other = attempt if leg == call.caller.number else call.caller
    if other.usable:
        making.ask(*(RelayKey(other.number, key.key, key.duration_ms) for key in keys))


def _no_more_came(making: Making) -> None:
    """What was held is no code: let it go, in order."""
    office = making.call.office_leg
    collector, collected = making.call.keys.collector.let_go()
    making.change(keys=replace(making.call.keys, collector=collector))
    if office is not None:
        _pass_on(making, office.number, collected.released)
    _let_sound_through(making)


def _let_sound_through(making: Making) -> None:
    office = making.call.office_leg
    if making.call.keys.swallowing and office is not None and office.usable:
        making.ask(SwallowTones(office.number, False), SwallowTones(office.number, True))


def _follow_up(making: Making, before: Call) -> None:
    """While the parties hear each other, before the answer too, tones of the office's phone may be codes."""
    office, former = making.call.office_leg, before.office_leg
    if office is None or not office.usable:
        return
    stayed = making.call.phase == before.phase == "connected"
    if stayed and former is not None and former.number != office.number:
        _another_phone(making, office.number)
    # Not while the person called hears the notice: who dialled overhears it, and a tone would mute it.
    swallowing = making.call.bridged and bool(_codes(making.call).in_call)
    if swallowing != making.call.keys.swallowing:
        making.change(keys=replace(making.call.keys, swallowing=swallowing))
        making.ask(SwallowTones(office.number, swallowing))


def _another_phone(making: Making, number: LegNumber) -> None:
    """What the phone that was there before has begun to key, nobody will end."""
    making.cancel_timers(("keys",))
    if making.call.keys.swallowing and not _codes(making.call).in_call:
        making.ask(SwallowTones(number, False))
    making.change(keys=OfficeKeys())


KEYS = Feature(events={KeyPressed: _key_pressed}, timers={"keys": _no_more_came}, follow_up=_follow_up)
