"""Analogue lines against ALSA's own user-space devices: several lines on one card, each with a life of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from gpiozero.pins.mock import MockFactory

from firmware.adapters.analogue.line_config import AnalogueLineConfig, LoopPin, ModemPort
from firmware.core.analogue.line_calls import EdgeRules
from firmware.core.call_record import STILL_PAUSED, Asker
from tests.contract.native_ear import NativeDetector
from tests.contract.touch_tones import at_level, pcm, silence, tone
from tests.functional.instruments.speech import conversation
from tests.integration.line_traffic import network_tone
from tests.integration.serial_modem import SerialModem
from tests.integration.tapped_office import TappedOffice
from tests.integration.wires import Wires

Pcm = npt.NDArray[np.int16]


@pytest.fixture
def wires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wires]:
    with Wires(tmp_path / "wires", {"four": 4, "two": 2, "other": 1}) as cards:
        for name, value in cards.environment.items():
            monkeypatch.setenv(name, value)
        yield cards


def speech(seconds: float, seed: int = 1) -> Pcm:
    return pcm(at_level(conversation(seconds, seed).far.astype(np.float64), -22.0))


def delay_of(played: Pcm, recorded: Pcm) -> int:
    """Where in a recording it begins, in samples."""
    size = 1 << (len(played) + len(recorded)).bit_length()
    spectrum = np.fft.rfft(recorded.astype(float), size) * np.conj(np.fft.rfft(played.astype(float), size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: len(recorded)]))


def likeness(played: Pcm, recorded: Pcm) -> float:
    return float(np.corrcoef(played.astype(float), recorded[: len(played)].astype(float))[0, 1])


def test_four_lines_of_one_card_are_recorded_each_as_it_should(wires: Wires) -> None:
    """In, with number; out, with the number dialled; one that is never recorded; one paused. All at the same time."""
    card = wires.sources["four"]
    said = {name: speech(4.0, seed) for seed, name in enumerate(("inbound", "outbound", "private", "card"), 1)}
    quick = EdgeRules(undecided=1500, silence_ends=3000, paused_silence_ends=3000)
    with SerialModem() as modem:
        lines = [
            AnalogueLineConfig("inbound", "four", (0,), rules=quick, modem=ModemPort(modem.port)),
            AnalogueLineConfig("outbound", "four", (1,), rules=quick),
            AnalogueLineConfig("private", "four", (2,), rules=quick),
            AnalogueLineConfig("card", "four", (3,), rules=quick),
        ]
        with TappedOffice(lines, {"private": "never"}) as office:
            office.wait_for(lambda: office.health["outbound"].state == "working" and len(modem.commands) >= 2)
            modem.say("RING", "DATE=1122", "TIME=0930", "NMBR=01632960123", "NAME=J SMITH")
            keyed = pcm(*(tone(key, 90, level_dbm0=-9) for key in "8675309"))
            card.play(0, np.concatenate([pcm(silence(800)), said["inbound"][:16000], keyed, said["inbound"][16000:]]))
            dialling = [network_tone("dial", 1.2), *(part for key in "01632960555" for part in _key(key))]
            ringing = [silence(300), network_tone("ringing", 1.2), silence(300)]
            card.play(1, np.concatenate([pcm(*dialling, *ringing), said["outbound"], pcm(network_tone("busy", 4.0))]))
            card.play(2, said["private"])
            card.play(3, np.concatenate([said["card"], pcm(network_tone("busy", 4.0))]))
            office.wait_for(lambda: office.calls("card"))
            call_id = office.calls("card")[0]["call_id"]
            asked = threading.Thread(target=office.control.ask, args=(call_id, "pause", Asker("page")))
            asked.start()
            asked.join()
            office.wait_for(lambda: all(office.rings.of(name) for name in ("inbound", "outbound", "card")), 20)
            office.wait_for(lambda: office.rings.unrecorded)
    _inbound_is_whole_and_keyless(office, said["inbound"])
    record, sound = office.rings.of("outbound")[0]
    assert (record.direction, record.far_party.number) == ("outbound", "01632960555")
    assert record.end_cause == "engaged tone"
    begin = delay_of(said["outbound"], sound)
    assert likeness(said["outbound"], sound[begin:]) > 0.98
    assert [each.line for each in office.rings.unrecorded] == ["private"]
    _nothing_is_heard_after_the_pause(office, said["card"])


def _inbound_is_whole_and_keyless(office: TappedOffice, said: Pcm) -> None:
    record, sound = office.rings.of("inbound")[0]
    assert (record.direction, record.far_party.number, record.far_party.display_name) == (
        "inbound",
        "01632960123",
        "J SMITH",
    )
    begin = delay_of(said[:16000], sound)
    assert begin >= 3000  # nearly half a second was kept from before the first word
    assert likeness(said[:15000], sound[begin:]) > 0.98
    detector = NativeDetector()
    detector.hear(sound)
    assert not detector.keys
    assert not detector.begun


def _nothing_is_heard_after_the_pause(office: TappedOffice, said: Pcm) -> None:
    record, sound = office.rings.of("card")[0]
    pause = record.pauses[0]
    kept = (pause.started_at_ms - record.started_at_ms) * 8
    assert np.any(sound[: kept - 800])
    assert not np.any(sound[kept + 800 :])
    assert len(sound) > len(said)


def _key(key: str) -> tuple[npt.NDArray[np.float64], ...]:
    return tone(key, 80, level_dbm0=-9), silence(80)


def test_with_a_channel_for_each_party_the_office_can_pause_by_keys_and_the_caller_cannot(wires: Wires) -> None:
    rules = EdgeRules(undecided=1000, silence_ends=3000, paused_silence_ends=3000)
    line = AnalogueLineConfig("desk", "two", (0, 1), rules=rules)
    card = wires.sources["two"]
    with TappedOffice([line]) as office:
        office.wait_for(lambda: office.health["desk"].state == "working")
        card.play(0, speech(3.0))
        office.wait_for(lambda: office.calls("desk"))
        code = pcm(*(part for key in "*48" for part in _key(key)))
        card.play(0, np.concatenate([code, speech(4.0, 2)]))
        office.wait_for(lambda: not card.left_s(0) or card.left_s(0) < 3.0)
        assert not office.calls("desk")[0]["paused"]
        card.play(1, code)
        office.wait_for(lambda: office.calls("desk")[0]["paused"])
        card.play(0, pcm(network_tone("busy", 5.0)))
        office.wait_for(lambda: office.rings.of("desk"))
    record, _ = office.rings.of("desk")[0]
    assert [(pause.how, pause.resumed_how) for pause in record.pauses] == [("code", STILL_PAUSED)]


def test_a_pause_outlives_the_process(wires: Wires, tmp_path: Path) -> None:
    """The call on the wires goes on meanwhile; only once something has shown that it is over is another recorded."""
    line = AnalogueLineConfig("desk", "two", (1,), rules=EdgeRules(undecided=1000))
    with TappedOffice([line], paused=tmp_path / "paused") as before:
        _speaks(wires, before)
        before.control.ask(before.calls("desk")[0]["call_id"], "pause", Asker("page"))
        before.wait_for(lambda: before.calls("desk")[0]["paused"])
        (mark,) = (tmp_path / "paused").iterdir()
        os.utime(mark, (0, 0))
        before.wait_for(lambda: mark.stat().st_mtime > 0)  # one that lasts for long is not forgotten
    with TappedOffice([line], paused=tmp_path / "paused") as office:
        _speaks(wires, office)
        office.wait_for(lambda: office.calls("desk")[0]["paused"])
        wires.sources["two"].play(1, pcm(network_tone("busy", 5.0)))
        office.wait_for(lambda: office.rings.of("desk"))
        wires.sources["two"].play(1, pcm(network_tone("dial", 2.0)))
        _speaks(wires, office)
        assert not office.calls("desk")[0]["paused"]
    record, sound = office.rings.of("desk")[0]
    assert record.pauses[0].how == "automatic"
    assert not sound.any()


def _speaks(wires: Wires, office: TappedOffice) -> None:
    office.wait_for(lambda: office.health["desk"].state == "working")
    wires.sources["two"].play(1, speech(4.0))
    office.wait_for(lambda: office.calls("desk"))


def test_a_loop_detector_tells_when_a_call_begins_and_ends(wires: Wires) -> None:
    pins = MockFactory()
    line = AnalogueLineConfig("main", "other", loop=LoopPin(5), rules=EdgeRules(hook="loop", undecided=600))
    with TappedOffice([line], pin_factory=pins) as office:
        office.wait_for(lambda: office.health["main"].state == "working")
        wires.sources["other"].play(0, speech(3.0))
        pins.pin(5).drive_low()
        office.wait_for(lambda: office.calls("main"))
        pins.pin(5).drive_high()
        office.wait_for(lambda: office.rings.of("main"))
    record, sound = office.rings.of("main")[0]
    assert record.end_cause == "the phone was hung up"
    assert len(sound) > 3000


def test_a_card_that_is_not_there_and_a_pin_that_is_none_leave_other_lines_alone(wires: Wires) -> None:
    lines = [
        AnalogueLineConfig("absent", "nosuchcard"),
        AnalogueLineConfig("unwired", "other", loop=LoopPin(5), rules=EdgeRules(hook="loop", undecided=600)),
        AnalogueLineConfig("modemless", "two", (0, 1), modem=ModemPort("/dev/serial/by-id/none")),
    ]
    with TappedOffice(lines, pin_factory=_NoPins()) as office:
        office.wait_for(lambda: office.health["modemless"].attention and office.health["unwired"].state == "degraded")
        office.wait_for(lambda: "is not there" in " ".join(office.health["absent"].attention))
        health = office.health
        assert "nosuchcard" in health["absent"].attention[0]
        assert health["absent"].state == "stopped", "nothing of it can be recorded"
        assert health["modemless"].state == "degraded"
        assert "loop detector" in health["unwired"].attention[0]
        assert "no serial port /dev/serial/by-id/none" in health["modemless"].attention[0]
        assert "number unknown" in health["modemless"].attention[0]
        wires.sources["other"].play(0, speech(2.0))
        office.wait_for(lambda: office.calls("unwired"))


class _NoPins:
    """A machine without pins."""

    def reserve_pins(self, *args: object) -> None:
        raise OSError("no GPIO here")
