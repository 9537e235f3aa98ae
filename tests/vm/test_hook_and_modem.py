"""What stands beside an analogue line, as real devices: a loop detector on a GPIO pin, a modem on a USB port."""

from __future__ import annotations

import termios
import threading
import time
from contextlib import ExitStack

import serial

from firmware.adapters.analogue.line_config import AnalogueLineConfig, LoopPin, ModemPort
from firmware.core.analogue.line_calls import EdgeRules
from tests.contract.touch_tones import pcm, silence
from tests.integration.tapped_office import TappedOffice
from tests.vm.devices.gpio_chip import GpioChip
from tests.vm.devices.sound_card import SoundCard
from tests.vm.devices.usb_serial import UsbSerial
from tests.vm.line_sound import RATE_HZ, on_a_line, speech

_PIN = 5


def test_a_loop_detector_on_a_real_pin_begins_and_ends_calls_and_ringing_does_not(
    gpio_chip: GpioChip, sound_card: SoundCard
) -> None:
    """A detector pulls its pin down while current flows. The chip is labelled as that of a Raspberry Pi's header."""
    gpio_chip.pull(_PIN, up=True)
    line = AnalogueLineConfig(
        "main", sound_card.input(), loop=LoopPin(_PIN), rules=EdgeRules(hook="loop", undecided=600)
    )
    with (
        sound_card.playing(on_a_line(pcm(silence(3000)), speech(14.0)), rate_hz=RATE_HZ),
        TappedOffice([line]) as office,
    ):
        office.wait_for(lambda: office.health["main"].state == "working", 60)
        office.wait_for(lambda: _rings(gpio_chip, office), 60)
        before = len(office.rings.of("main"))
        gpio_chip.pull(_PIN, up=False)
        office.wait_for(lambda: office.calls("main"), 60)
        gpio_chip.pull(_PIN, up=True)
        office.wait_for(lambda: len(office.rings.of("main")) > before, 60)
    assert office.rings.of("main")[-1][0].end_cause == "the phone was hung up"


def test_a_modem_that_is_pulled_out_in_mid_report_is_used_again_and_the_line_records_meanwhile(
    sound_card: SoundCard, usb_serial: UsbSerial
) -> None:
    line = AnalogueLineConfig("main", sound_card.input(), modem=ModemPort(str(usb_serial.port)), rules=_QUICK)
    with ExitStack() as stack:
        modem = stack.enter_context(_ModemFarEnd(usb_serial))
        office = stack.enter_context(TappedOffice([line]))
        office.wait_for(lambda: _modem_works(office), 60)
        modem.say("RING", "DATE=0105", "TIME=0930", "NMBR=016329")
        usb_serial.pull_out()
        office.wait_for(lambda: "There is no serial port" in " ".join(office.health["main"].attention), 60)
        with sound_card.playing(on_a_line(pcm(silence(1000)), speech(5.0)), rate_hz=RATE_HZ):
            office.wait_for(lambda: office.calls("main"), 60)
        office.wait_for(lambda: office.rings.of("main"), 60)
        assert office.rings.of("main")[0][0].far_party.number is None
        modem.close()
        usb_serial.plug_in()
        modem = stack.enter_context(_ModemFarEnd(usb_serial))
        office.wait_for(lambda: _modem_works(office) and not office.health["main"].attention, 60)
        modem.say("RING", "NMBR=01632960123", "NAME=J SMITH")
        with sound_card.playing(on_a_line(speech(5.0)), rate_hz=RATE_HZ):
            office.wait_for(lambda: office.calls("main"), 60)
        office.wait_for(lambda: len(office.rings.of("main")) == 2, 60)
    record = office.rings.of("main")[1][0]
    assert (record.direction, record.far_party.number) == ("inbound", "01632960123")


def _rings(gpio_chip: GpioChip, office: TappedOffice) -> bool:
    """A burst of 25 Hz, whose current flows for 20 ms at a time; False where the machine stood still in it."""
    longest_s = 0.0
    for _ in range(10):
        began_s = time.monotonic()
        gpio_chip.pull(_PIN, up=False)
        time.sleep(0.02)
        gpio_chip.pull(_PIN, up=True)
        longest_s = max(longest_s, time.monotonic() - began_s)
        time.sleep(0.005)
    as_meant = longest_s < _STEADY_S
    time.sleep(1.0)
    assert not (as_meant and office.calls("main"))
    return as_meant and not office.calls("main")


# The loop is closed for good when it has been for a tenth of a second.
_STEADY_S = 0.09
_QUICK = EdgeRules(undecided=1500, silence_ends=4000, ring_holds=60_000)


def _modem_works(office: TappedOffice) -> bool:
    modem = office.tap.modem("main")
    return modem is not None and modem.works


class _ModemFarEnd:
    """A modem at the far end of the wire, for as long as it is plugged in: says OK to every command."""

    def __init__(self, port: UsbSerial) -> None:
        self._wire: serial.Serial = port.far_end()
        self._wire.timeout = 0.1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)

    def say(self, *lines: str) -> None:
        self._wire.write("".join(f"\r\n{line}\r\n" for line in lines).encode())
        self._wire.flush()

    def _answer(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._wire.read_until(b"\r").endswith(b"\r"):
                    self.say("OK")
            except (OSError, termios.error):  # pulled out
                return

    def __enter__(self) -> _ModemFarEnd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._wire.close()
