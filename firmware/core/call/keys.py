"""Keys that a person presses during the call: codes from the office's phone are obeyed, every other key passes."""

from __future__ import annotations

from firmware.core.call.effects import RelayKey
from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.events import KeyPressed


def _key_pressed(making: Making, event: KeyPressed) -> None:
    call, attempt = making.call, making.call.attempt
    if not call.bridged or attempt is None or event.leg not in (call.caller.number, attempt.number):
        return
    other = attempt if event.leg == call.caller.number else call.caller
    if other.usable:
        making.ask(RelayKey(other.number, event.key, event.duration_ms))


KEYS = Feature(events={KeyPressed: _key_pressed})
