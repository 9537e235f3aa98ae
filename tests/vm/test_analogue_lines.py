"""Analogue lines on real ALSA devices: recorded, overrun, pulled out, in use, and set to what they cannot do."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from firmware.adapters.analogue.line_config import AnalogueLineConfig
from firmware.adapters.analogue.sound_card import SoundCard as AlsaCard
from firmware.core.analogue.line_calls import EdgeRules
from tests.contract.touch_tones import pcm, silence
from tests.integration.tapped_office import TappedOffice
from tests.vm.devices.alsa_tools import AlsaProgram
from tests.vm.devices.sound_card import SoundCard
from tests.vm.line_sound import RATE_HZ, Pcm, found_at, on_a_line, over_noise, speech

_PIECE = RATE_HZ // 2
QUICK = EdgeRules(undecided=1500, silence_ends=4000)


@contextmanager
def played_elsewhere(sound: bytes) -> Iterator[None]:
    """Play it in a process of its own, which goes on when this one stands still."""
    program = (
        "import sys; from tests.vm.devices.sound_card import SoundCard;"
        f"SoundCard(0, 'Lines').play(sys.stdin.buffer.read(), rate_hz={RATE_HZ})"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as player:
        assert player.stdin is not None
        player.stdin.write(sound)
        player.stdin.close()
        yield
        player.kill()


def listening(office: TappedOffice, line: str) -> bool:
    return bool(office.health[line].state == "working")


def test_a_call_on_a_real_card_is_recorded_from_its_first_word(sound_card: SoundCard) -> None:
    said = speech(5.0)
    line = AnalogueLineConfig("main", sound_card.input(), rules=QUICK)
    with (
        sound_card.playing(on_a_line(pcm(silence(6000)), said, pcm(silence(12_000))), rate_hz=RATE_HZ),
        TappedOffice([line]) as office,
    ):
        office.wait_for(lambda: office.rings.of("main"), 120)
    _, sound = office.rings.of("main")[0]
    # Piece by piece: a machine that stands still for a moment plays, and hears, a hole.
    begin, first = found_at(said[:_PIECE], sound)
    likeness = [found_at(said[at : at + _PIECE], sound)[1] for at in range(_PIECE, len(said) - _PIECE, _PIECE)]
    heard = [each for each in likeness if each]
    assert begin >= 2000
    assert first > 0.98
    assert np.median(heard) > 0.98


def test_lines_of_one_card_at_16_khz_are_recorded_each_with_its_own_sound(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    """A card of four channels; the third line has two of them, one for each party."""
    rate_hz, quiet = 16_000, pcm(silence(1000))
    said = [at_16_khz(speech(5.0, seed)) for seed in range(4)]
    channels = [over_noise(quiet, quiet, each, *[quiet] * 12) for each in said]
    (tmp_path / "sound").write_bytes(np.stack(channels, 1).tobytes())
    device = sound_card.input(4)
    lines = [
        AnalogueLineConfig("a", device, channels=(0,), sample_rate_hz=rate_hz, rules=QUICK),
        AnalogueLineConfig("b", device, channels=(1,), sample_rate_hz=rate_hz, rules=QUICK),
        AnalogueLineConfig("both", device, channels=(2, 3), sample_rate_hz=rate_hz, rules=QUICK),
    ]
    with (
        AlsaProgram.playing(sound_card.output(4), tmp_path / "sound", rate_hz, channels=4),
        TappedOffice(lines) as office,
    ):
        office.wait_for(lambda: all(office.rings.of(line.name) for line in lines), 240)
    heard = [office.rings.of(line.name)[0][1] for line in lines] + list(office.rings.office_sound.values())
    for place, sound in enumerate(heard):
        likeness = [max(found_at(piece, sound)[1] for piece in pieces(each, rate_hz)) for each in said]
        assert likeness[place] > 0.98
        assert sorted(likeness)[-2] < 0.9


def at_16_khz(sound: Pcm) -> Pcm:
    places = np.arange(2 * len(sound)) / 2
    return np.interp(places, np.arange(len(sound)), sound).astype(np.int16)


def pieces(sound: Pcm, rate_hz: int) -> list[Pcm]:
    """Half a second at a time: a machine that stands still for a moment plays, and hears, a hole."""
    size = rate_hz // 2
    return [each for at in range(0, len(sound) - size, size) if (each := sound[at : at + size]).std() > 500]


def test_an_overrun_is_a_gap_of_its_own_length(sound_card: SoundCard) -> None:
    """The process stands still for longer than a card waits. What follows has its place all the same."""
    said = speech(13.0)
    parts = said[:12_000], said[-16_000:]
    line = AnalogueLineConfig("main", sound_card.input(), rules=QUICK)
    with (
        played_elsewhere(on_a_line(pcm(silence(4000)), said, pcm(silence(15_000)))),
        TappedOffice([line]) as office,
    ):
        office.wait_for(lambda: office.calls("main"), 60)
        # Holds the interpreter: neither card nor dispatcher is looked after meanwhile.
        ctypes.PyDLL(None).usleep(2_600_000)
        office.wait_for(lambda: "was lost within the last minute" in " ".join(office.health["main"].attention), 20)
        capture = office.tap.line("main")
        assert capture is not None
        assert capture.capture.overruns >= 1
        office.wait_for(lambda: office.rings.of("main"), 120)
    _, sound = office.rings.of("main")[0]
    first, second = (found_at(part, sound) for part in parts)
    assert min(first[1], second[1]) > 0.9
    assert abs((second[0] - first[0]) - (len(said) - 16_000)) < RATE_HZ * 0.06


def test_a_card_that_is_pulled_out_ends_its_calls_and_is_used_again_when_it_is_back(
    sound_card: SoundCard, spare_sound_card: SoundCard
) -> None:
    lines = [
        AnalogueLineConfig("stays", sound_card.input(), rules=QUICK),
        AnalogueLineConfig("goes", spare_sound_card.input(), rules=QUICK),
    ]
    with TappedOffice(lines) as office:
        with spare_sound_card.playing(on_a_line(pcm(silence(6000)), speech(5.0)), rate_hz=RATE_HZ):
            office.wait_for(lambda: office.calls("goes"), 60)
        spare_sound_card.pull_out()
        office.wait_for(lambda: "is not there" in " ".join(office.health["goes"].attention), 30)
        assert office.health["goes"].state == "stopped"
        assert listening(office, "stays")
        office.wait_for(lambda: office.rings.of("goes"), 30)
        spare_sound_card.plug_in()
        office.wait_for(lambda: listening(office, "goes"), 30)
        with spare_sound_card.playing(on_a_line(pcm(silence(3000)), speech(5.0)), rate_hz=RATE_HZ):
            office.wait_for(lambda: office.calls("goes"), 60)
    assert office.rings.of("goes")[0][0].end_cause == "the sound device was unplugged"


def test_a_card_that_another_program_has_is_used_when_it_is_free(sound_card: SoundCard) -> None:
    device = sound_card.input(1)
    other = AlsaCard(device, RATE_HZ, 1)
    with TappedOffice([AnalogueLineConfig("main", device, rules=QUICK)]) as office:
        office.wait_for(lambda: "in use by another program" in " ".join(office.health["main"].attention), 30)
        other.close()
        office.wait_for(lambda: listening(office, "main"), 30)


def test_a_rate_that_a_card_does_not_do_is_named_with_what_to_do(sound_card: SoundCard) -> None:
    """Both ends of a loopback have one rate: whoever comes first chooses it."""
    lines = [
        AnalogueLineConfig("refused", sound_card.input(2), sample_rate_hz=16_000),
        AnalogueLineConfig("taken", sound_card.input(3)),
    ]
    with (
        sound_card.playing(on_a_line(pcm(silence(10_000))), rate_hz=RATE_HZ, stream=2),
        TappedOffice(lines) as office,
    ):
        office.wait_for(lambda: "sample_rate_hz" in " ".join(office.health["refused"].attention), 30)
        assert "plughw" in " ".join(office.health["refused"].attention)
        office.wait_for(lambda: listening(office, "taken"), 30)
