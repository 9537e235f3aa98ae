"""The front panel on gpiozero's pins: what the light does, what the button says, and how a wrong pin map is refused."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockPWMPin

from firmware.adapters.panel.gpio_panel import OFF, Colour, GpioPanel, phases
from firmware.adapters.panel.pins import PanelPins, read_pins
from firmware.adapters.panel.simulated_panel import simulated_pins
from firmware.core.errors import MissingComponent, SettingsError
from firmware.core.panel_state import PATTERNS, PanelState

GOOD = "[button]\npin = 17\n[light]\nred = 22\ngreen = 27\nblue = 24\n"


@pytest.fixture
def pins() -> PanelPins:
    return read_pins()


@pytest.fixture
def factory() -> Any:
    return simulated_pins()


@pytest.fixture
def shown() -> queue.SimpleQueue[tuple[PanelState, Colour]]:
    return queue.SimpleQueue()


@pytest.fixture
def panel(pins: PanelPins, factory: Any, shown: queue.SimpleQueue[tuple[PanelState, Colour]]) -> Iterator[GpioPanel]:
    with GpioPanel(pins, factory, lambda state, colour: shown.put((state, colour))) as panel:
        yield panel


def _on_the_pins(pins: PanelPins, factory: Any) -> Colour:
    light = pins.light
    red, green, blue = (factory.pin(number).state for number in (light.red, light.green, light.blue))
    return (red, green, blue)


@pytest.mark.parametrize("state", PanelState)
def test_each_state_has_its_colour_on_the_real_pins(
    panel: GpioPanel,
    pins: PanelPins,
    factory: Any,
    shown: queue.SimpleQueue[tuple[PanelState, Colour]],
    state: PanelState,
) -> None:
    panel.show(state)
    assert shown.get(timeout=2) == (state, PATTERNS[state].colour)
    assert _on_the_pins(pins, factory) == pytest.approx(PATTERNS[state].colour)


def test_a_fault_flashes_fast_until_something_else_is_shown(
    panel: GpioPanel, shown: queue.SimpleQueue[tuple[PanelState, Colour]]
) -> None:
    panel.show(PanelState.FAULT)
    began_s = time.monotonic()
    colours = [shown.get(timeout=2)[1] for _ in range(6)]
    assert colours == [PATTERNS[PanelState.FAULT].colour, OFF] * 3
    assert time.monotonic() - began_s < 2
    panel.show(PanelState.IDLE)
    while (seen := shown.get(timeout=2))[0] is PanelState.FAULT:
        pass
    assert seen == (PanelState.IDLE, PATTERNS[PanelState.IDLE].colour)
    with pytest.raises(queue.Empty):
        shown.get(timeout=0.4)


def test_showing_the_same_state_again_does_not_restart_its_rhythm(
    panel: GpioPanel, shown: queue.SimpleQueue[tuple[PanelState, Colour]]
) -> None:
    panel.show(PanelState.PAUSED)
    shown.get(timeout=2)
    until_s = time.monotonic() + PATTERNS[PanelState.PAUSED].rhythm_s[0] + 1
    while time.monotonic() < until_s and shown.empty():
        panel.show(PanelState.PAUSED)
    assert shown.get(timeout=2) == (PanelState.PAUSED, OFF)


def test_states_differ_by_rhythm_and_not_only_by_colour() -> None:
    rhythms = [PATTERNS[state].rhythm_s for state in PanelState]
    steady = [state for state in PanelState if not PATTERNS[state].rhythm_s]
    assert len(set(rhythms)) == len(PanelState) - len(steady) + 1
    assert all(len(rhythm) % 2 == 0 for rhythm in rhythms)


def test_a_rhythm_is_on_and_off_in_turn_for_ever() -> None:
    pattern = PATTERNS[PanelState.NEEDS_ATTENTION]
    some = list(itertools.islice(phases(pattern), 6))
    assert [colour for colour, _ in some] == [pattern.colour, OFF] * 3
    assert [lasts_s for _, lasts_s in some] == [*pattern.rhythm_s, *pattern.rhythm_s[:2]]


def test_a_press_is_told_when_the_button_is_let_go(panel: GpioPanel, pins: PanelPins, factory: Any) -> None:
    pin: MockPWMPin = factory.pin(pins.button.pin)
    assert panel.next_press(0.01) is None
    pin.drive_low()
    assert panel.next_press(0.25) is None
    pin.drive_high()
    press = panel.next_press(1.0)
    assert press is not None
    assert 0.2 < press.held_s < 1.0
    assert panel.next_press(0.01) is None


def test_closing_puts_the_light_out(
    pins: PanelPins, factory: Any, shown: queue.SimpleQueue[tuple[PanelState, Colour]]
) -> None:
    panel = GpioPanel(pins, factory, lambda state, colour: shown.put((state, colour)))
    panel.show(PanelState.RECORDING)
    shown.get(timeout=2)
    states = factory.pin(pins.light.red).states
    assert states[-1].state == 1
    panel.close()
    panel.close()
    assert factory.pin(pins.light.red).function == "input"


def test_the_shipped_pin_map_is_right(pins: PanelPins) -> None:
    assert (pins.button.pin, pins.light.red, pins.light.green, pins.light.blue) == (17, 22, 27, 24)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("17", '"17"'), "button.pin"),
        (GOOD.replace("24", "240"), "light.blue"),
        (GOOD + "white = 3\n", "light.white"),
        (GOOD.replace("[button]", "[buttn]"), "button"),
        ("red = = 1", "not TOML"),
    ],
)
def test_a_wrong_pin_map_is_refused_by_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "pins.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words) as refused:
        read_pins(path)
    assert str(path) in str(refused.value)


def test_a_missing_pin_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        read_pins(tmp_path / "nowhere.toml")


def test_a_pin_used_twice_is_refused_with_words(factory: Any) -> None:
    pins = PanelPins.model_validate({"button": {"pin": 17}, "light": {"red": 17, "green": 27, "blue": 24}})
    with pytest.raises(MissingComponent, match="pins cannot be used"):
        GpioPanel(pins, factory)
