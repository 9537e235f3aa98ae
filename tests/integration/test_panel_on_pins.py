"""The panel on pins, in this process: a button found jammed, and one that has the box shut down."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware.adapters.panel.gpio_panel import GpioPanel
from firmware.adapters.panel.pins import read_pins
from firmware.adapters.panel.simulated_panel import simulated_pins
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.panel.button import PanelButton
from firmware.cli.panel.command import show
from firmware.cli.panel.followed import FollowedOffice, lines_clients
from firmware.core.button_press import Button, found_down
from firmware.core.home import Home
from firmware.core.panel_light import ButtonAnswer, Colour, Shown
from firmware.ports.front_panel import ButtonEdge
from firmware.services.health import HealthWatch
from firmware.services.panel_view import PanelView
from tests.integration.panel_bench import Beating
from tests.integration.recorder_at_work import eventually

_OUTLASTS_S = 60.0


class Power:
    """What the box was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def shut_down(self) -> None:
        self.asked.append("shut down")

    def reset_network(self) -> None:
        self.asked.append("reset network")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for folder in (home.run, home.data, home.state):
        folder.mkdir(mode=0o700)
    return home


def panel_view() -> PanelView:
    return PanelView(HealthWatch(SystemClock()), SystemClock())


def test_a_button_that_was_down_when_the_panel_was_started_anew_is_jammed_until_it_is_free(home: Home) -> None:
    view = panel_view()
    button = PanelButton(view, lines_clients(home, 1.0), "all", Power(), found_down(time.monotonic(), with_power=False))
    assert "front panel" in {problem.subject for problem in view.problems()}
    button.take(ButtonEdge(False, time.monotonic()))
    button.attend(time.monotonic() + 1)
    assert "front panel" not in {problem.subject for problem in view.problems()}
    button.close()


def test_a_box_that_shuts_down_says_so_until_calls_are_ended_and_recordings_put_away(home: Home) -> None:
    pins, factory, power, stop = read_pins(), simulated_pins(), Power(), threading.Event()
    lit: dict[str, tuple[Shown, Colour]] = {}
    with ExitStack() as office:
        office.enter_context(Beating(home.recorder_socket, {"state": "ok"}))
        office.enter_context(Beating(home.lines_socket, {"state": "working", "recorder_connected": True}))
        with GpioPanel(pins, factory, lambda line, shown, colour: lit.update({line: (shown, colour)})) as panel:
            finger = factory.pin(pins.button.pin)
            finger.drive_low()
            view = panel_view()
            held_s = time.monotonic() - 1.0
            button = PanelButton(view, lines_clients(home, 1.0), "all", power, Button("armed", held_s))
            followed = FollowedOffice(home, view)
            showing = threading.Thread(
                target=show, args=(panel, view, button, followed, stop, _OUTLASTS_S), daemon=True
            )
            showing.start()
            eventually(lambda: view.knows_calls, 10, "the office is not heard")
            finger.drive_high()
            eventually(lambda: power.asked == ["shut down"], 10, "nothing was asked of the box")
            stop.set()  # systemd tells all processes at once
            time.sleep(2.0)
            assert showing.is_alive()
            assert lit[""][0] is ButtonAnswer.SHUTTING_DOWN
            office.close()
            showing.join(15)
            assert not showing.is_alive(), "it waits for nobody"
            followed.stop()
            button.close()
