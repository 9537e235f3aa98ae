"""``earmark line test`` on a real sound card: an installer is walked through the trial of a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.contract.touch_tones import pcm, silence, tone
from tests.functional.office.installer import Installer
from tests.functional.office.processes import wait_until
from tests.functional.office.wired import wired_office
from tests.integration.line_traffic import network_tone
from tests.integration.wires import SoundSource
from tests.vm.devices.alsa_tools import AlsaProgram
from tests.vm.devices.sound_card import SoundCard
from tests.vm.line_sound import RATE_HZ, Pcm, speech

_ENGAGED = pcm(silence(300), network_tone("busy", 4.0))
# Between what is said and what is done about it, a machine of this kind takes its time.
_MOMENT = pcm(silence(3000))


@contextmanager
def wires_of(card: SoundCard, folder: Path) -> Iterator[SoundSource]:
    """What the card hears: a line's noise, or what is played, for as long as it is wanted."""
    pipe = folder / "wires"
    os.mkfifo(pipe)
    source = SoundSource(pipe, channels=1, rate_hz=RATE_HZ, buffer_bytes=16_384)
    source.start()
    with AlsaProgram.playing(card.output(), pipe):
        yield source
    source.stop()


def dialled(number: str) -> Pcm:
    keys = [part for key in number for part in (tone(key, 80, level_dbm0=-9), silence(80))]
    return pcm(network_tone("dial", 2.0), *keys, silence(300), network_tone("ringing", 2.0), silence(300))


@pytest.mark.timeout(900)
def test_an_installer_is_walked_through_the_trial_of_a_line_on_a_real_card(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    said = speech(5.0)
    line = {"analogue": {"device": sound_card.input(), "channels": [1]}}
    with wires_of(sound_card, tmp_path) as wires, wired_office(tmp_path / "office", [line]) as wired:
        installer = Installer(wired.office, patience_s=180)
        installer.reads("2 of 4: pick up the phone now")
        wires.play(0, np.concatenate([_MOMENT, pcm(network_tone("dial", 4.0))]))
        installer.reads("3 of 4: dial your mobile")
        wires.play(0, np.concatenate([_MOMENT, dialled("01632960555"), said, _ENGAGED]))
        installer.reads("4 of 4: call this line")
        wait_until(lambda: not wires.left_s(0), 60, "the phone to be put down")
        wires.play(0, np.concatenate([_MOMENT, said, _ENGAGED]))
        status, shown = installer.ends()
    for words in (
        sound_card.input(),
        "it is quiet: -",
        "dial tone is heard",
        "an outbound call to …555",
        "an inbound call",
    ):
        assert words in shown
    assert shown.count("it was recorded") == 2
    # An imitated processor may not keep up with the card, and the trial says so. That must be all.
    to_mend = [line for line in shown.splitlines() if line.lstrip().startswith("look")]
    assert all("of sound were lost" in line for line in to_mend), shown
    assert status == bool(to_mend), shown
