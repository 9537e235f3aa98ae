"""What an installer's trial of a line on wires has shown, and what is to be changed. Nothing is done here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware.core.line_verdict import SeenCall, Verdict, judged, was_recorded

_LOUD_NOISE_DBM0 = -45.0
_SOFT_VOICE_DBM0 = -32.0
_CLIPPED = 0.99
_TONES = {
    "dial": "dial tone",
    "ringing": "ringing tone",
    "busy": "engaged tone",
    "congestion": "congestion tone",
    "unobtainable": "unobtainable tone",
}


@dataclass(frozen=True)
class Look:
    """How the line was at one moment, as its process tells it."""

    level_dbm0: float
    peak: float
    voice: bool
    tone: str | None
    loop: bool | None
    loop_wanted: bool
    modem: str | None
    rings: int
    caller: str | None
    lost_ms: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Look:
        return cls(**{name: told[name] for name in cls.__dataclass_fields__})

    @property
    def sound(self) -> str:
        """What is heard, in a word; empty for nothing to speak of."""
        return _TONES.get(self.tone or "", "voice" if self.voice else "")


def at_rest(looks: Sequence[Look]) -> list[Verdict]:
    """The phone is on its hook, and nobody calls."""
    last = looks[-1]
    found = [_noise(_middle([look.level_dbm0 for look in looks]), any(look.peak for look in looks))]
    if last.loop_wanted and last.loop is None:
        found.append(Verdict(False, "the loop detector's pin cannot be read", "See the line's health, and loop_pin."))
    elif last.loop_wanted:
        remedy = "Is the phone on its hook? If so, turn loop_closed_is_high round."
        found.append(judged(not last.loop, "the loop detector sees no current", "it sees current", remedy))
    if last.modem is not None:
        found.append(judged(not last.modem, "the modem answers", "the modem does not work", last.modem))
    return found


def lifted(looks: Sequence[Look]) -> list[Verdict]:
    """The phone was to be picked up, and its dial tone listened to."""
    heard = any(look.tone == "dial" for look in looks)
    found = [Verdict(True, "dial tone is heard")] if heard else [_no_dial_tone(max(look.level_dbm0 for look in looks))]
    if looks[-1].loop_wanted:
        remedy = "The detector belongs in series with one wire of the pair. See its wiring, and loop_pin."
        closed = any(look.loop for look in looks)
        found.append(judged(closed, "the loop detector saw it", "the loop detector saw nothing", remedy))
    return found


def called_out(looks: Sequence[Look], calls: Sequence[SeenCall]) -> list[Verdict]:
    """A mobile was to be dialled, answered, and spoken to."""
    made = [call for call in calls if call.direction == "outbound"]
    if not made:
        return [_no_call(calls, "outbound"), *_voices(looks)]
    number = made[-1].far
    remedy = "Does the phone dial by pulses? Set it to tones. Else the keys reach the tap too softly: see the level."
    known = judged(
        number != "unavailable", f"an outbound call to {number}", "an outbound call, to a number unknown", remedy
    )
    return [known, was_recorded(made[-1]), *_voices(looks)]


def called_in(looks: Sequence[Look], calls: Sequence[SeenCall]) -> list[Verdict]:
    """The line was to be called, to ring, to be answered and spoken on."""
    found = _told_by_modem(looks) if looks[-1].modem is not None else []
    made = [call for call in calls if call.direction == "inbound"]
    if not made:
        return [*found, _no_call(calls, "inbound"), *_voices(looks)]
    return [*found, Verdict(True, f"an inbound call from {made[-1].far}"), was_recorded(made[-1]), *_voices(looks)]


def _noise(noise_dbm0: float, any_sound: bool) -> Verdict:
    if not any_sound:
        remedy = "See the tap's plug, that channels names its channel, and that the input is not muted (alsamixer)."
        return Verdict(False, "nothing is heard, not even noise", remedy)
    remedy = "Is the phone on its hook? If so, see hw/README.md about hum; what remains, voice_least_dbm0 must exceed."
    level = f"{noise_dbm0:.0f} dBm0"
    return judged(noise_dbm0 <= _LOUD_NOISE_DBM0, f"it is quiet: {level}", f"it is loud at rest: {level}", remedy)


def _no_dial_tone(loudest_dbm0: float) -> Verdict:
    if loudest_dbm0 < _LOUD_NOISE_DBM0:
        return Verdict(
            False, "nothing was heard", "Is the tap on this phone's pair, and does channels name its channel?"
        )
    remedy = "If you did hear dial tone, it is another country's: set tones, or the adapter's own country."
    return Verdict(False, f"sound of {loudest_dbm0:.0f} dBm0 was heard, but no dial tone", remedy)


def _no_call(calls: Sequence[SeenCall], direction: str) -> Verdict:
    if calls:
        remedy = "Only a loop detector with a modem tells the direction surely. If both are there, see what they told."
        return Verdict(False, f"the call was taken for an {calls[-1].direction} one", remedy)
    return Verdict(False, f"no {direction} call was seen", "Is it too soft, the wrong pair, or the wrong channel?")


def _told_by_modem(looks: Sequence[Look]) -> list[Verdict]:
    rang, caller = looks[-1].rings > looks[0].rings, looks[-1].caller
    cable = "The modem's line cable belongs on this pair, beside the phone."
    display = "Has the line caller display? See caller_id in the modem's settings, and the modem's manual."
    return [
        judged(rang, "the modem told of the ring", "the modem told of no ring", cable),
        judged(caller is not None, f"the caller's number came: {caller}", "no caller's number came", display),
    ]


def _voices(looks: Sequence[Look]) -> list[Verdict]:
    found = []
    voices = [look.level_dbm0 for look in looks if look.voice]
    if voices:
        level = f"voices at {_middle(voices):.0f} dBm0"
        remedy = "Raise the card's capture gain (alsamixer)."
        found.append(judged(_middle(voices) >= _SOFT_VOICE_DBM0, level, f"{level}: too soft", remedy))
    if any(look.peak >= _CLIPPED for look in looks):
        found.append(Verdict(False, "the loudest moments are cut off", "Lower the card's capture gain (alsamixer)."))
    lost_ms = looks[-1].lost_ms - looks[0].lost_ms
    if lost_ms > 0:
        remedy = "See whether the box is overloaded, and the card's USB cable."
        found.append(Verdict(False, f"{lost_ms} ms of sound were lost", remedy))
    return found


def _middle(levels: Sequence[float]) -> float:
    return sorted(levels)[len(levels) // 2]
