"""The front panel on a real GPIO chip: looked at, pressed while a call is recorded, held."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from firmware.adapters.control.server import ControlServer
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_command import Done
from firmware.cli.box.power import power_routes
from firmware.core.home import Home
from firmware.core.panel_light import ButtonAnswer, PanelState
from tests.contract.touch_tones import at_level, pcm, silence
from tests.functional.instruments.speech import conversation
from tests.functional.office.processes import wait_until
from tests.functional.office.wired import CARD, WiredOffice, wired_office
from tests.integration.line_traffic import network_tone
from tests.integration.panel_bench import Beating
from tests.vm.devices.gpio_chip import GpioChip
from tests.vm.devices.panel_person import PanelPerson, panel_on_pins

pytestmark = pytest.mark.timeout(1200)

LINE = "line-1"
# What this machine's slowness may add to the third of a second in which a press must be answered.
_WITHIN_S = 3.0


@dataclass
class Box:
    """What the panel follows and asks, without an office behind it. ``ran`` is what the box was made to do."""

    home: Home
    lines: Beating
    recorder: Beating
    ran: list[tuple[str, ...]]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"EARMARK_HOME": str(self.home.root)}


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="em-") as name:
        yield Path(name)


@pytest.fixture
def person(gpio_chip: GpioChip) -> PanelPerson:
    return PanelPerson(gpio_chip)


@pytest.fixture
def box(folder: Path) -> Iterator[Box]:
    home = Home(folder / "home")
    for place in (home.root, home.run, home.data, home.state):
        place.mkdir(mode=0o700)
    SettingsFile(home.settings_file).replace({"panel": {"kind": "gpio"}})
    ran: list[tuple[str, ...]] = []

    def command(*words: str, package: str = "") -> Done:
        ran.append(words)
        return Done(0, "", "")

    answers = {name: route.answer for name, route in power_routes(home, command).items()}
    lines = Beating(home.lines_socket, {"state": "working", "lines": [{"name": LINE}], "recorder_connected": True})
    recorder = Beating(home.recorder_socket, {"state": "ok"})
    with ControlServer(home.box_socket, answers), recorder, lines:
        yield Box(home, lines, recorder, ran)


def test_every_state_is_on_the_pins_in_the_tables_rhythm_and_colour(
    box: Box, folder: Path, person: PanelPerson
) -> None:
    with panel_on_pins(folder, LINE, box.environment):
        assert person.sees(PanelState.IDLE, 10) == {"green"}
        person.sees_on_line(PanelState.IDLE, 10)
        box.lines.call("1", line=LINE)
        assert person.sees(PanelState.RECORDING, 3) == {"red"}
        person.sees_on_line(PanelState.RECORDING, 3)
        box.lines.call("1", paused=True, paused_how="page", actions=["resume"])
        assert person.sees(PanelState.PAUSED, 7) == {"red", "green"}
        person.sees_on_line(PanelState.PAUSED, 7)
        box.lines.call("1", state="ended", paused=False)
        box.lines.calls.clear()
        box.recorder.heartbeat["attention"] = ["Something is to be looked at."]
        assert person.sees(PanelState.NEEDS_ATTENTION, 6) == {"red", "green"}
        box.recorder.heartbeat.update({"attention": [], "updating": True})
        assert person.sees(PanelState.UPDATING, 9) == {"blue"}
        box.lines.heartbeat["recorder_connected"] = False
        assert person.sees(PanelState.FAULT, 4) == {"red"}
        person.sees_on_line(PanelState.FAULT, 4)


def test_a_hold_of_five_seconds_has_the_box_switched_off_when_it_is_let_go_and_not_before(
    box: Box, folder: Path, person: PanelPerson
) -> None:
    with panel_on_pins(folder, LINE, box.environment):
        person.sees(PanelState.IDLE, 10)
        person.down()
        time.sleep(2.5)
        person.up()
        person.sees(PanelState.IDLE, 10)
        assert box.ran == []
        person.down()
        assert person.sees(ButtonAnswer.LET_GO_TO_SHUT_DOWN, 3, 15) == {"red", "green", "blue"}
        assert box.ran == []
        person.up()
        assert person.sees(ButtonAnswer.SHUTTING_DOWN, 3) == {"blue"}
        assert box.ran == [("systemctl", "--no-block", "poweroff")]


def test_a_button_held_while_the_power_comes_on_sets_the_network_back(
    box: Box, folder: Path, person: PanelPerson
) -> None:
    """The panel is given a clock by which the machine has only just been switched on."""
    clock = ("unshare", "--time", f"--monotonic=-{int(time.monotonic()) - 5}", "--fork", "--kill-child", "--")
    with panel_on_pins(folder, LINE, box.environment, *clock):
        with person.holding():
            assert person.sees(ButtonAnswer.HOLD_TO_RESET, 4) == {"blue"}
            assert box.ran == []
            assert person.sees(ButtonAnswer.LET_GO_TO_RESET, 4) == {"blue"}
        wait_until(lambda: bool(box.ran), 20, "the network to be set back")
        assert box.ran == [
            ("systemctl", "--no-block", "try-restart", "systemd-networkd.service", "earmark-web.service")
        ]


def test_a_real_call_is_paused_marked_and_let_go_on(
    folder: Path, person: PanelPerson, record_property: Callable[[str, object], None]
) -> None:
    with (
        wired_office(folder, [{}], panel={"kind": "gpio"}) as wired,
        Beating(wired.office.home.keeper_socket, {"state": "ok"}),
        panel_on_pins(folder, LINE, wired.office.environment),
    ):
        said = pcm(at_level(conversation(20.0).far.astype(np.float64), -22.0))
        wired.wires.sources[CARD].play(0, np.tile(said, 60))
        wired.wait_for_calls(1)
        person.sees(PanelState.RECORDING, 2, 120)
        pressed_s = person.press()
        wait_until(lambda: bool(_call(wired)["paused"]), 20, "the pause")
        paused_s = time.monotonic()
        record_property("from the press to the pause, ms", round(1000 * (paused_s - pressed_s)))
        person.sees(PanelState.PAUSED, 7)
        person.sees_on_line(PanelState.PAUSED, 7)
        person.press()
        wait_until(lambda: not _call(wired)["paused"], 20, "the recording to go on")
        person.sees(PanelState.RECORDING, 2)
        person.press(2)
        wait_until(lambda: "marked" in _call(wired)["tags"] and not _call(wired)["paused"], 20, "the mark")
        call = _call(wired)
        wired.wires.sources[CARD].stop_playing(0)
        wired.wires.sources[CARD].play(0, pcm(silence(300), network_tone("busy", 4.0)))
        wired.wait_for_calls(0)
        wired.office.wait_until_settled()
        told = wired.office.record_of(call["recording_id"])
    assert [(pause["how"], pause["resumed_how"]) for pause in told["pauses"]] == [("panel", "panel")] * 2
    assert [mark["how"] for mark in told["marks"]] == ["panel"]
    assert paused_s - pressed_s < _WITHIN_S


def _call(wired: WiredOffice) -> dict[str, Any]:
    (call,) = wired.calls()
    return call
