"""The front panel on gpiozero's pins: what the lights do, what the button says, and how a wrong pin map is refused."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import BadPinFactory
from gpiozero.pins.mock import MockPWMPin

from firmware.adapters.gpio.header_pins import header_pins
from firmware.adapters.panel.gpio_panel import GpioPanel
from firmware.adapters.panel.lamp import Lamp
from firmware.adapters.panel.panel_pins import PanelPins
from firmware.adapters.panel.pins import read_pins
from firmware.adapters.panel.simulated_panel import simulated_pins
from firmware.core.errors import MissingComponent, SettingsError
from firmware.core.panel_light import DARK, PATTERNS, TABLE, ButtonAnswer, Colour, PanelState, Shown

GOOD = "[button]\npin = 17\n[light]\nred = 22\ngreen = 27\nblue = 24\n"
LINE_LIGHTS = '[[line_light]]\nline = "main"\npin = 12\n[[line_light]]\nline = "sales"\npin = 16\nactive_high = false\n'

Seen = queue.SimpleQueue[tuple[str, Shown, Colour]]


@pytest.fixture
def pins(tmp_path: Path) -> PanelPins:
    path = tmp_path / "pins.toml"
    path.write_text(GOOD + LINE_LIGHTS)
    return read_pins(path)


@pytest.fixture
def factory() -> Any:
    return simulated_pins()


@pytest.fixture
def seen() -> Seen:
    return queue.SimpleQueue()


@pytest.fixture
def panel(pins: PanelPins, factory: Any, seen: Seen) -> Iterator[GpioPanel]:
    with GpioPanel(pins, factory, lambda line, shown, colour: seen.put((line, shown, colour))) as panel:
        yield panel


def _on_the_pins(pins: PanelPins, factory: Any) -> Colour:
    light = pins.light
    red, green, blue = (factory.pin(number).state for number in (light.red, light.green, light.blue))
    return (red, green, blue)


@pytest.mark.parametrize("shown", TABLE)
def test_each_row_of_the_table_is_its_colour_on_the_real_pins(
    panel: GpioPanel, pins: PanelPins, factory: Any, seen: Seen, shown: Shown
) -> None:
    panel.show(shown, {})
    assert seen.get(timeout=2) == ("", shown, PATTERNS[shown].colour)
    assert _on_the_pins(pins, factory) == pytest.approx(PATTERNS[shown].colour)


def test_a_fault_flashes_until_something_else_is_shown(panel: GpioPanel, seen: Seen) -> None:
    panel.show(PanelState.FAULT, {})
    began_s = time.monotonic()
    colours = [seen.get(timeout=2)[2] for _ in range(6)]
    assert colours == [PATTERNS[PanelState.FAULT].colour, DARK] * 3
    assert time.monotonic() - began_s > 4 * min(PATTERNS[PanelState.FAULT].rhythm_s)
    panel.show(PanelState.RECORDING, {})
    while (now := seen.get(timeout=2))[1] is PanelState.FAULT:
        pass
    assert now == ("", PanelState.RECORDING, PATTERNS[PanelState.RECORDING].colour)
    with pytest.raises(queue.Empty):
        seen.get(timeout=0.4)


def test_showing_the_same_again_does_not_restart_its_rhythm(panel: GpioPanel, seen: Seen) -> None:
    panel.show(PanelState.PAUSED, {})
    seen.get(timeout=2)
    until_s = time.monotonic() + PATTERNS[PanelState.PAUSED].rhythm_s[0] + 1
    while time.monotonic() < until_s and seen.empty():
        panel.show(PanelState.PAUSED, {})
    assert seen.get(timeout=2) == ("", PanelState.PAUSED, DARK)


def test_each_lines_light_keeps_its_own_rhythm_whichever_way_it_is_wired(
    panel: GpioPanel, factory: Any, seen: Seen
) -> None:
    assert panel.lines == ("main", "sales")
    panel.show(PanelState.PAUSED, {"main": PanelState.RECORDING, "sales": PanelState.FAULT})
    heard: dict[str, list[Colour]] = {"main": [], "sales": []}
    while len(heard["sales"]) < 4:
        line, _, colour = seen.get(timeout=2)
        if line:
            heard[line].append(colour)
    assert heard["main"] == [PATTERNS[PanelState.RECORDING].colour]
    assert heard["sales"] == [PATTERNS[PanelState.FAULT].colour, DARK] * 2
    assert factory.pin(12).state == 1
    panel.show(PanelState.PAUSED, {"main": PanelState.RECORDING, "sales": PanelState.RECORDING})
    while seen.get(timeout=2)[:2] != ("sales", PanelState.RECORDING):
        pass
    assert factory.pin(16).state == 0, "lit by a low pin"


def test_an_edge_is_told_at_once_with_its_time(panel: GpioPanel, pins: PanelPins, factory: Any) -> None:
    pin: MockPWMPin = factory.pin(pins.button.pin)
    assert panel.next_edge(0.01) is None
    assert not panel.button_is_down
    before_s = time.monotonic()
    pin.drive_low()
    down = panel.next_edge(1)
    assert panel.button_is_down
    pin.drive_high()
    up = panel.next_edge(1)
    assert (down is not None and down.down, up is not None and not up.down) == (True, True)
    assert down is not None
    assert up is not None
    assert before_s <= down.at_s <= up.at_s <= time.monotonic()
    assert panel.next_edge(0.01) is None


def test_a_lamp_is_put_out_before_its_pin_is_let_go() -> None:
    """Where the kernel leaves pins as they are, the light of a box that is off would say for ever what it said last."""
    lit: queue.SimpleQueue[Colour] = queue.SimpleQueue()
    lamp = Lamp("lamp", lit.put)
    lamp.show(PanelState.RECORDING)
    assert lit.get(timeout=2) == PATTERNS[PanelState.RECORDING].colour
    lamp.close()
    assert lit.get(timeout=2) == DARK
    lamp.close()
    assert lit.empty()


def test_closing_puts_the_lights_out(pins: PanelPins, factory: Any, seen: Seen) -> None:
    panel = GpioPanel(pins, factory, lambda line, shown, colour: seen.put((line, shown, colour)))
    panel.show(ButtonAnswer.NOTED, {"main": PanelState.RECORDING})
    seen.get(timeout=2)
    panel.close()
    panel.close()
    assert {factory.pin(number).function for number in (pins.light.red, 12, 16)} == {"input"}


def test_a_lamp_that_cannot_be_lit_any_more_is_told_to_whoever_shows_something(
    pins: PanelPins, factory: Any, seen: Seen
) -> None:
    def break_down(line: str, shown: Shown, colour: Colour) -> None:
        seen.put((line, shown, colour))
        raise OSError("the chip is gone")

    with GpioPanel(pins, factory, break_down) as panel:
        panel.show(PanelState.FAULT, {})
        seen.get(timeout=2)
        with pytest.raises(MissingComponent, match="the chip is gone"):
            _show_for(panel, 2)


def _show_for(panel: GpioPanel, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        panel.show(PanelState.IDLE, {})


def test_the_shipped_pin_map_is_right() -> None:
    pins = read_pins()
    assert (pins.button.pin, pins.light.red, pins.light.green, pins.light.blue) == (17, 22, 27, 24)
    assert pins.line_light == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("17", '"17"'), "button.pin"),
        (GOOD.replace("24", "240"), "light.blue"),
        (GOOD + "white = 3\n", "light.white"),
        (GOOD.replace("[button]", "[buttn]"), "button"),
        ("red = = 1", "not TOML"),
        (GOOD.replace("22", "17"), "pin 17 is named twice"),
        (GOOD + LINE_LIGHTS.replace("12", "24"), "pin 24 is named twice"),
        (GOOD + LINE_LIGHTS.replace("sales", "main"), "line main is named twice"),
        (GOOD + '[[line_light]]\nline = "main"\n', "line_light.0.pin"),
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


def test_pins_that_somebody_else_has_are_refused_with_words(pins: PanelPins, factory: Any) -> None:
    with GpioPanel(pins, factory), pytest.raises(MissingComponent, match="pins cannot be used"):
        GpioPanel(pins, factory)


def test_no_chip_is_driven_that_is_not_known_to_be_the_header(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(BadPinFactory, match="no 40-pin header"):
        header_pins(tmp_path)


def test_a_machine_without_pins_says_so_and_names_the_way_out(pins: PanelPins) -> None:
    with pytest.raises(MissingComponent, match=r"no 40-pin header.*--simulated"):
        GpioPanel(pins)
