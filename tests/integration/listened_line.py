"""A line's sound through the product's own ears, at once instead of in its own time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware.core.analogue.line_calls import CallBegan, CallEnded, EdgeRules, LineEvent
from firmware.core.analogue.line_listener import LineListener
from firmware.core.analogue.line_tones import UNITED_KINGDOM, ToneProfile
from firmware.core.speech_level import power_dbm0
from firmware.native.tapped_line import BLOCK_MS, TappedLine

Told = tuple[int, Callable[[LineListener, int], tuple[LineEvent, ...]]]


@dataclass(frozen=True)
class FoundCall:
    began: CallBegan
    ended: CallEnded | None


def listen(
    sound: npt.NDArray[np.int16],
    rules: EdgeRules,
    told: Sequence[Told] = (),
    profile: ToneProfile = UNITED_KINGDOM,
    rate_hz: int = 8000,
) -> list[FoundCall]:
    """The calls that are found on a line. ``told``: what modem and loop detector say, and when."""
    listener = LineListener(profile, rules)
    line = TappedLine(rate_hz, (0,), 0, profile.frequencies_hz)
    line.listen("all")
    events: list[LineEvent] = []
    waiting = sorted(told, key=lambda each: each[0])
    block = rate_hz * BLOCK_MS // 1000
    sound = np.ascontiguousarray(sound)
    try:
        for number in range(0, len(sound) - block + 1, block):
            now_ms = (number + block) * 1000 // rate_hz
            heard = line.put(number, sound.ctypes.data + 2 * number, 1)[0]
            while waiting and waiting[0][0] <= now_ms:
                events.extend(waiting.pop(0)[1](listener, now_ms))
            for key in line.heard_keys():
                events.extend(listener.edges.keyed(now_ms, key.key))
            events.extend(listener.hear(now_ms, power_dbm0(heard.power), heard.shares, heard.touch_tone))
    finally:
        line.close()
    return _calls(events)


def rings(times_ms: Sequence[int]) -> list[Told]:
    return [(at, lambda listener, now_ms: listener.edges.rang(now_ms)) for at in times_ms]


def hooks(times: Sequence[tuple[int, bool]]) -> list[Told]:
    def lifted(off: bool) -> Callable[[LineListener, int], tuple[LineEvent, ...]]:
        return lambda listener, now_ms: listener.edges.loop(now_ms, off)

    return [(at, lifted(off)) for at, off in times]


def _calls(events: Sequence[LineEvent]) -> list[FoundCall]:
    found: list[FoundCall] = []
    for event in events:
        match event:
            case CallBegan():
                found.append(FoundCall(event, None))
            case CallEnded():
                found[-1] = FoundCall(found[-1].began, event)
            case _:
                pass
    return found
