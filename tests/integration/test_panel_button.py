"""The button of ``earmark panel`` on a terminal: what each way of using it asks, and how the light answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.home import Home
from tests.integration.panel_bench import Beating, PanelOnTerminal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for folder in (home.run, home.data, home.state):
        folder.mkdir(mode=0o700)
    return home


@pytest.fixture
def lines(home: Home) -> Iterator[Beating]:
    recorder = Beating(home.recorder_socket, {"state": "ok"})
    lines = Beating(home.lines_socket, {"state": "working", "lines": [{"name": "main"}], "recorder_connected": True})
    with recorder, lines:
        yield lines


def test_a_press_pauses_within_the_blink_of_an_eye_and_the_next_lets_it_go_on(home: Home, lines: Beating) -> None:
    lines.call("1")
    with PanelOnTerminal(home) as panel:
        panel.until("Recording")
        pressed_s = panel.key("\n")
        shown_s = panel.until("Paused")
        assert lines.asked == [("1", "pause", {"how": "panel", "who": ""})]
        panel.until("slow and even")
        # Whoever presses again because they are not sure has not ended it.
        panel.key("\n")
        panel.until("Stays paused")
        assert lines.actions == [("1", "pause")]
        panel.until("slow and even")
        panel.key("\n")
        panel.until("Recording")
        assert lines.actions == [("1", "pause"), ("1", "resume")]
        log = panel.stop()
    assert shown_s - pressed_s < 1.0, "a third of a second, and what a crowded machine adds"
    assert "the button was pressed: pause, 1 of 1 calls" in log
    assert panel.process.returncode == 0


def test_two_presses_mark_the_call_and_take_the_pause_back(home: Home, lines: Beating) -> None:
    lines.call("1")
    with PanelOnTerminal(home) as panel:
        panel.until("Recording")
        panel.key("d")
        panel.until("three short flashes")
        assert lines.actions == [("1", "pause"), ("1", "mark"), ("1", "resume")]
        panel.until("lit all the time")


def test_two_presses_mark_a_paused_call_and_leave_it_paused(home: Home, lines: Beating) -> None:
    lines.call("1", paused=True, paused_how="desk", actions=["resume", "mark"])
    with PanelOnTerminal(home) as panel:
        panel.until("Paused")
        panel.key("d")
        panel.until("three short flashes")
        assert lines.actions == [("1", "mark")]


def test_whoever_hammers_on_the_button_has_paused(home: Home, lines: Beating) -> None:
    lines.call("1")
    with PanelOnTerminal(home) as panel:
        panel.until("Recording")
        panel.key("\n\n\n\n\n")
        panel.until("slow and even")
        time.sleep(1.5)
        assert lines.actions == [("1", "pause")]


def test_each_press_that_can_do_nothing_is_answered_by_the_light(home: Home, lines: Beating) -> None:
    with PanelOnTerminal(home) as panel:
        panel.until("Idle")
        panel.key("\n")
        panel.until("Press noted")
        panel.until("one long flash")
        lines.call("1", actions=["mark"])
        panel.until("lit all the time")
        panel.key("\n")
        panel.until("two long flashes")
        lines.call("1", paused=True, paused_how="page", actions=["resume", "mark"])
        time.sleep(2.1)
        panel.key("\n")
        panel.until("Stays paused")
        lines.call("1", paused=False, paused_how=None, actions=["pause"])
        lines.refuses = True
        panel.until("lit all the time")
        panel.key("\n")
        panel.until("two long flashes")
        assert lines.actions == [("1", "pause")]


def test_a_panel_that_does_not_know_of_calls_does_not_say_that_there_are_none(home: Home) -> None:
    with PanelOnTerminal(home) as panel:
        panel.until("Starting")
        panel.key("\n")
        panel.until("two long flashes")


def test_a_press_for_all_that_cannot_reach_one_call_says_so(home: Home, lines: Beating) -> None:
    lines.call("1")
    lines.call("always", actions=["mark"], line="other")
    with PanelOnTerminal(home) as panel:
        panel.until("Recording")
        panel.key("\n")
        panel.until("two long flashes")
        assert lines.actions == [("1", "pause")]


def test_as_set_a_press_is_for_the_line_in_use(home: Home, lines: Beating) -> None:
    sip = {"trunks": [{"name": "trunk", "host": "127.0.0.1"}], "office": {"host": "127.0.0.1"}}
    SettingsFile(home.settings_file).replace(
        {
            "panel": {"kind": "simulated", "button": "line"},
            "lines": [{"name": "main", "kind": "sip", "sip": sip}],
        }
    )
    lines.call("1", connected_at_ms=1)
    lines.call("2", connected_at_ms=5, line="sales")
    with PanelOnTerminal(home) as panel:
        panel.until("Recording")
        panel.key("\n")
        panel.until("slow and even")
        assert lines.actions == [("2", "pause")]


def test_a_hold_says_what_it_will_do_does_nothing_when_let_go_early_and_stops_the_panel_of_a_clone(
    home: Home, lines: Beating
) -> None:
    lines.call("1")
    with PanelOnTerminal(home) as panel:
        panel.until("Recording")
        panel.key("h")
        panel.until("Hold on to shut down")
        panel.key("h")
        panel.until("slow and even")
        panel.key("h")
        panel.until("Hold on to shut down")
        panel.until("Let go to shut down")
        time.sleep(0.5)
        assert panel.process.poll() is None
        panel.key("h")
        panel.until("Shutting down")
        log = panel.wait()
    assert panel.process.returncode == 0
    assert lines.actions == [("1", "pause")], "the hold's first moment pauses, since nobody knows yet that it is one"
    assert "A box would shut down now" in log
    assert "no demonstration is running" in log


def test_a_button_held_with_the_power_resets_the_network_and_only_after_fifteen_seconds(
    home: Home, lines: Beating
) -> None:
    with PanelOnTerminal(home, "--held") as panel:
        panel.until("Hold on to reset the network")
        panel.until("Let go to reset the network")
        time.sleep(0.5)
        panel.key("h")
        panel.until("three short flashes")
        log = panel.stop()
    assert "ask the network for its address again" in log
    assert "shut down" not in log
