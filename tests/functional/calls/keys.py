"""Telephone keys pressed each way that phones have, and found again at the other end."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from tests.functional.calls.lines_alone import wait_until
from tests.functional.calls.sip_phone import Dialog
from tests.functional.calls.tones import RATE_HZ, Pcm
from tests.functional.instruments.g711 import encode
from tests.functional.instruments.rtp import EVENT_KEYS, FRAME, FRAME_S, RtpPhone

Way = Literal["event", "info: dtmf-relay", "info: dtmf", "audible"]
WAYS: tuple[Way, ...] = ("event", "info: dtmf-relay", "info: dtmf", "audible")
#: How long a press and the pause after it last.
PRESS_S, PAUSE_S = 0.1, 0.1
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_PLACES = "123A456B789C*0#D"


def frequencies(key: str) -> tuple[int, int]:
    """The two tones of a key (ITU-T Q.23)."""
    place = _PLACES.index(key)
    return _ROWS[place // 4], _COLUMNS[place % 4]


def touch_tone(key: str, seconds: float = PRESS_S, level: float = 6000) -> Pcm:
    """Both tones of a key, each of that peak."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    both = sum(np.sin(2 * np.pi * frequency * time_s) for frequency in frequencies(key))
    return np.asarray(np.round(level * both), np.int16)


def press_keys(way: Way, keys: str, dialog: Dialog, media: RtpPhone, event_payload_type: int) -> float:
    """Press keys one after the other; the monotonic time at which the last is over."""
    if way == "event":
        for key in keys:
            media.press(key, event_payload_type, round(PRESS_S * 1000))
        # Three packets tell an end; the first is at its time.
        over = time.monotonic() + len(keys) * (PRESS_S + 0.1) - 0.1
        time.sleep(over - time.monotonic())
        return over
    if way == "audible":
        gap, before = np.zeros(round(PAUSE_S * RATE_HZ), np.int16), len(media.sent_packets())
        media.speak(np.concatenate([part for key in keys for part in (touch_tone(key), gap)]))
        return _sounded(media, before, round(len(keys) * PRESS_S / FRAME_S))
    for key in keys:
        if way == "info: dtmf":
            dialog.request("INFO", key, content="application/dtmf")
        else:
            dialog.request("INFO", f"Signal={key}\r\nDuration=100\r\n", content="application/dtmf-relay")
        dialog.expect(200, method="INFO")
    return time.monotonic()


def _sounded(media: RtpPhone, before: int, frames: int) -> float:
    """Wait until so many more packets with sound have left, on a crowded machine later than they should."""
    quiet = encode(np.zeros(FRAME, np.int16), media.law)

    def left() -> list[float]:
        return [one.at for one in media.sent_packets()[before:] if one.packet.payload != quiet]

    wait_until(lambda: len(left()) >= frames, 2 * frames * FRAME_S + 5, f"{frames} packets of tones to be sent")
    return left()[frames - 1] + FRAME_S


def keys_heard(phone: RtpPhone) -> str:
    """The keys that came as events, each once."""
    events = [one.packet for one in phone.arrivals if one.packet.payload_type >= 96]
    pressed = dict.fromkeys((event.timestamp, event.payload[0]) for event in events)
    return "".join(EVENT_KEYS[number] for _, number in pressed)


def sounding_ms(pcm: Pcm) -> int:
    """For how long anything is heard, in steps of 10 ms."""
    step = RATE_HZ // 100
    blocks = pcm[: len(pcm) // step * step].astype(float).reshape(-1, step)
    return 10 * int(np.count_nonzero(np.sqrt(np.mean(blocks**2, axis=1)) > 200))
