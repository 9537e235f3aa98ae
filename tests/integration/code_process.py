"""An office that keys a feature code by audible tones, on a real bridge: what the far party hears of it.

python -m tests.integration.code_process FAR.wav CODE then|first [forget]

The far party's place is taken by a sound file, put on the bridge before ("first") or after the recorder's port: the
bridge writes its slots in that order. The office keys CODE, which is let go when it was told (or never: "forget"),
and half a second, or more than three, later keys a 5. Prints the keys told of CODE.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pjsua2 as pj

from firmware.core.ring_layout import OFFICE
from firmware.native.heard_keys import HeardKey
from firmware.native.recorder_port import RecorderPort
from tests.integration.bridge_process import bridge, work

_KEY_MS = 100
_PAUSE_MS = 80
_RATE_HZ = 8000


class Office:
    """Everything on the bridge."""

    def __init__(self, endpoint: pj.Endpoint, far: Path, far_first: bool) -> None:
        self._endpoint = endpoint
        self._phone = pj.ToneGenerator()
        self._phone.createToneGenerator(_RATE_HZ)
        self._far = pj.AudioMediaRecorder()
        if far_first:
            self._far.createRecorder(str(far))
        self._port = RecorderPort.create(None)
        if not far_first:
            self._far.createRecorder(str(far))
        self._port.connect(OFFICE, self._phone.getPortId())
        self._phone.startTransmit(self._far)
        self._port.swallow_slot(self._far.getPortId())
        self._port.swallow(True)
        self.told: list[HeardKey] = []

    def press(self, digits: str) -> None:
        """Begin to press them; the bridge's own clock does it."""
        pressed = pj.ToneDigitVector()
        for key in digits:
            digit = pj.ToneDigit()
            digit.digit, digit.on_msec, digit.off_msec, digit.volume = key, _KEY_MS, _PAUSE_MS, 6000
            pressed.append(digit)
        self._phone.playDigits(pressed)

    def wait_for(self, enough: Callable[[], bool], at_most_s: float) -> None:
        end_s = time.monotonic() + at_most_s

        def done() -> bool:
            self.told += self._port.keys()
            return enough() or time.monotonic() > end_s

        work(self._endpoint, until=done)

    def wait(self, seconds: float) -> None:
        self.wait_for(lambda: False, seconds)

    def let_go(self) -> None:
        self._port.swallow(False)
        self._port.swallow(True)

    def close(self) -> None:
        self._port.close()


def keyed(endpoint: pj.Endpoint, far: Path, code: str, order: str, forgotten: bool) -> str:
    """The keys of the code that were told. Everything on the bridge is gone again afterwards."""
    office = Office(endpoint, far, far_first=order == "first")
    office.wait(0.3)
    office.press(code)
    office.wait_for(lambda: len(office.told) == len(code), at_most_s=1.5)
    told = "".join(key.key for key in office.told)
    office.wait(3.4 if forgotten else 0.2)
    if not forgotten:
        office.let_go()
        office.wait(0.3)
    office.press("5")
    office.wait(0.5)
    office.close()
    return told


def main(far: Path, code: str, order: str, forgotten: bool) -> None:
    with bridge() as endpoint:
        print(f"told: {keyed(endpoint, far, code, order, forgotten)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], "forget" in sys.argv[4:])
