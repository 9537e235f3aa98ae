"""Telephone keys pressed each way that phones have, and found again at the other end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from tests.functional.calls.lines_alone import wait_until
from tests.functional.calls.sip_phone import Dialog
from tests.functional.calls.tones import RATE_HZ, Pcm
from tests.functional.instruments.g711 import encode
from tests.functional.instruments.rtp import EVENT_KEYS, FRAME, FRAME_S, RtpPacket, RtpPhone

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
    before, frames = len(media.sent_packets()), round(PRESS_S / FRAME_S)
    if way == "event":
        for key in keys:
            media.press(key, event_payload_type, round(PRESS_S * 1000))
        # Three packets tell an end; the first is at its time.
        packets = len(keys) * (frames + 2) - 2
        return _left(media, before, lambda packet: packet.payload_type == event_payload_type, packets)
    if way == "audible":
        gap, quiet = np.zeros(round(PAUSE_S * RATE_HZ), np.int16), encode(np.zeros(FRAME, np.int16), media.law)
        media.speak(np.concatenate([part for key in keys for part in (touch_tone(key), gap)]))
        return _left(media, before, lambda packet: packet.payload != quiet, len(keys) * frames) + FRAME_S
    for key in keys:
        if way == "info: dtmf":
            dialog.request("INFO", key, content="application/dtmf")
        else:
            dialog.request("INFO", f"Signal={key}\r\nDuration=100\r\n", content="application/dtmf-relay")
        dialog.expect(200, method="INFO")
    return time.monotonic()


def _left(media: RtpPhone, before: int, wanted: Callable[[RtpPacket], bool], count: int) -> float:
    """Wait until so many more packets of a kind have left, on a crowded machine later than they should; when it was."""

    def times() -> list[float]:
        return [one.at for one in media.sent_packets()[before:] if wanted(one.packet)]

    wait_until(lambda: len(times()) >= count, 2 * count * FRAME_S + 5, f"{count} packets of keys to be sent")
    return times()[count - 1]


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
