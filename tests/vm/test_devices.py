"""What the other tests stand on: the machine's devices do what those of a real box do."""

from __future__ import annotations

import math
import struct
from itertools import pairwise

import alsaaudio
import pytest
import serial

from tests.vm.devices.gpio_chip import GpioChip
from tests.vm.devices.sound_card import SoundCard
from tests.vm.devices.usb_serial import UsbSerial

_RATE_HZ = 8000
_TONE = b"".join(
    struct.pack("<h", int(12000 * math.sin(2 * math.pi * 1000 * i / _RATE_HZ))) for i in range(3 * _RATE_HZ)
)


def test_what_is_played_into_a_line_is_heard_on_it_alone(sound_card: SoundCard) -> None:
    heard = [
        alsaaudio.PCM(
            alsaaudio.PCM_CAPTURE,
            device=sound_card.input(stream),
            channels=1,
            rate=_RATE_HZ,
            format=alsaaudio.PCM_FORMAT_S16_LE,
            periodsize=160,
        )
        for stream in (0, 1)
    ]
    with sound_card.playing(_TONE, rate_hz=_RATE_HZ, stream=0):
        taken = b"".join(heard[0].read()[1] for _ in range(100))
    samples = struct.unpack(f"<{len(taken) // 2}h", taken)[-8000:]
    rising = sum(1 for before, after in pairwise(samples) if before < 0 <= after)
    assert rising == pytest.approx(1000 * len(samples) / _RATE_HZ, rel=0.02)
    silent = heard[1].read()[1]
    assert not any(silent)
    for one in heard:
        one.close()


def test_a_pin_is_pulled_and_read(gpio_chip: GpioChip) -> None:
    gpio_chip.pull(17, up=True)
    assert gpio_chip.is_high(17)
    gpio_chip.pull(17, up=False)
    assert not gpio_chip.is_high(17)


def test_a_serial_adapter_is_pulled_out_and_plugged_in(usb_serial: UsbSerial) -> None:
    for _ in range(2):
        with usb_serial.far_end() as far_end, serial.Serial(str(usb_serial.port), 9600, timeout=5) as port:
            far_end.write(b"RING\r\n")
            assert port.readline() == b"RING\r\n"
        usb_serial.pull_out()
        assert not usb_serial.port.exists()
        usb_serial.plug_in()


def test_a_sound_card_is_pulled_out_and_plugged_in(spare_sound_card: SoundCard) -> None:
    assert spare_sound_card.name in alsaaudio.cards()
    spare_sound_card.pull_out()
    assert spare_sound_card.name not in alsaaudio.cards()
    spare_sound_card.plug_in()
    assert spare_sound_card.name in alsaaudio.cards()
