"""What is connected to the box, through its installed units: the front panel's pins, and a telephone's wires."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.contract.touch_tones import pcm, silence
from tests.integration.line_traffic import network_tone
from tests.vm.box.gpio_module import gpio_module
from tests.vm.box.installed import LINES, PANEL, Process, main_pid, unit, wait_until_ready
from tests.vm.box.machine import Box
from tests.vm.box.plugged_in import get, inside, person, plug_in, put
from tests.vm.box.set_up import DIRECTOR, SetUpBox
from tests.vm.box.telephones import LINE, call_meanwhile, change_settings, let_one_factor_do, recordings
from tests.vm.line_sound import RATE_HZ, Pcm, found_at, on_a_line, speech

Record = Callable[[str, object], None]
_IMAGE_BUILD = Path(__file__).parents[3] / "image-build"
_PANEL = """
[panel]
kind = "gpio"
"""
_WIRES = """
[[lines]]
name = "wires"
kind = "analogue"
notice_given_by = "staff, at the start"
[lines.analogue]
device = "hw:CARD=Lines,DEV=1"
"""
_PLAY = """
from pathlib import Path
from tests.vm.devices.sound_card import SoundCard
SoundCard(0, "Lines").play(Path("/run/said").read_bytes(), rate_hz=8000)
"""


@pytest.fixture(scope="module")
def equipped(box: Box) -> Box:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_IMAGE_BUILD))
        plug_in(box, gpio_module(box.out("uname -r").strip()))
    change_settings(box, LINE + _PANEL)
    box.out("systemctl restart earmark-lines earmark-panel")
    wait_until_ready(box, "lines", "panel")
    return box


@pytest.fixture(scope="module")
def wired(equipped: Box) -> Box:
    """With a line on wires besides: one that hears nothing is a fault, and the light says so."""
    change_settings(equipped, _WIRES)
    equipped.out("systemctl restart earmark-lines-analogue")
    let_one_factor_do(equipped)
    wait_until_ready(equipped, "lines", "lines-analogue", "panel")
    return equipped


def test_a_press_of_the_button_pauses_the_call_and_the_light_says_so(equipped: Box, record_property: Record) -> None:
    """What the light shows besides depends on whether the imitated machine keeps up with the sound."""
    with call_meanwhile(600):
        equipped.wait_until("earmark calls --json | grep -q '\"recording\": true'")
        assert (call_in_progress(equipped)["paused"], shown_word(equipped) == "paused") == (False, False)
        seen = person(equipped, "person.press(); print(person.sees(PanelState.PAUSED, 7))")
        record_property("colours of a pause", seen.strip())
        assert (call_in_progress(equipped)["paused"], shown_word(equipped)) == (True, "paused")
        person(equipped, "person.press()")
        equipped.wait_until("earmark calls --json | grep -q '\"paused\": false'")
        equipped.wait_until('test "$(systemctl show --property StatusText --value earmark-panel)" != paused')
    equipped.wait_until("earmark recordings list --state complete | grep -q main")
    (recorded,) = [each for each in recordings(equipped) if each["line"] == "main"]
    shown = json.loads(equipped.out(f"earmark recordings show {recorded['id']} --json"))
    assert [(pause["how"], pause["resumed_how"]) for pause in shown["pauses"]] == [("panel", "panel")]


def test_a_call_on_wires_is_recorded_with_the_sound_that_was_on_them(wired: Box, kept: SetUpBox) -> None:
    said = speech(3.0)
    put(wired, "/run/said", on_a_line(pcm(silence(6000)), said, pcm(silence(300), network_tone("busy", 6.0))))
    inside(wired, _PLAY)
    wired.wait_until("earmark recordings list --state complete | grep -q wires")
    (recorded,) = [each for each in recordings(wired) if each["line"] == "wires"]
    wired.out(
        f"EARMARK_PASSWORD='{kept.noted.pass_phrase}' earmark export {recorded['id']}"
        f" --user {DIRECTOR} --out /run/wires.wav"
    )
    heard = first_channel(get(wired, "/run/wires.wav"))
    # Piece by piece: an imitated machine that stands still for a moment plays, and hears, a hole.
    pieces = [said[at : at + RATE_HZ // 2] for at in range(0, len(said), RATE_HZ // 2)]
    assert np.median([found_at(piece, heard)[1] for piece in pieces if piece.std() > 500]) > 0.9


@pytest.mark.parametrize(("process", "stated"), [("panel", PANEL), ("lines-analogue", LINES)])
def test_who_holds_devices_is_the_user_that_is_stated_and_as_exposed_at_most(
    wired: Box, process: str, stated: Process, record_property: Record
) -> None:
    assert wired.out(f"stat -c %U /proc/{main_pid(wired, process)}").strip() == stated.user
    shown = wired.out(f"systemd-analyze security --no-pager {unit(process)} | tail -1")
    exposure = float(shown.split(":")[1].split()[0])
    record_property(f"exposure of {process}", exposure)
    assert exposure <= stated.exposure


def call_in_progress(box: Box) -> dict[str, Any]:
    (call,) = json.loads(box.out("earmark calls --json"))["calls"]
    return dict(call)


def shown_word(box: Box) -> str:
    """What the panel says that its light shows."""
    return box.out("systemctl show --property StatusText --value earmark-panel").strip()


def first_channel(wav: bytes) -> Pcm:
    with wave.open(io.BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return samples.reshape(-1, file.getnchannels())[:, 0]
