"""Each press of a telephone key is told once, however many ways it comes."""

from __future__ import annotations

import pytest

from firmware.adapters.sip.keypad import EVENT_LOST_S, Keypad, Press


def press_event(keypad: Keypad, key: str, began_s: float, duration_ms: int = 100) -> list[Press]:
    """An event as it comes: told again every 20 ms, over at the last."""
    told: list[Press] = []
    for passed_ms in range(20, duration_ms + 1, 20):
        told += keypad.event(key, passed_ms, passed_ms == duration_ms, began_s + passed_ms / 1000)
    return told


def keys(told: list[Press]) -> str:
    return "".join(press.key for press in told)


def test_an_event_is_one_press_told_at_its_end() -> None:
    assert press_event(Keypad(), "5", 10.0, 160) == [Press("5", 160, "event")]


def test_the_same_key_twice_is_two_presses() -> None:
    keypad = Keypad()
    assert keys(press_event(keypad, "4", 10.0) + press_event(keypad, "4", 10.14)) == "44"


@pytest.mark.parametrize("late_s", [0.0, 0.05, 0.14])
def test_a_tone_heard_beside_its_event_is_no_second_press(late_s: float) -> None:
    keypad = Keypad()
    told = press_event(keypad, "4", 10.0)
    assert told + keypad.whole("4", 90, "audible", 10.1 + late_s) == [Press("4", 100, "event")]


def test_a_tone_heard_while_its_event_goes_on_is_no_second_press() -> None:
    keypad = Keypad()
    told = keypad.event("4", 20, False, 10.02)
    told += keypad.whole("4", 60, "audible", 10.08)
    told += keypad.event("4", 120, True, 10.12)
    assert told == [Press("4", 120, "event")]


def test_an_event_that_comes_after_its_tone_is_no_second_press() -> None:
    keypad = Keypad()
    told = keypad.whole("4", 60, "audible", 10.06)
    told += press_event(keypad, "4", 10.08)
    assert told == [Press("4", 60, "audible")]


def test_the_same_key_keyed_quickly_both_ways_is_as_many_presses_as_were_made() -> None:
    keypad = Keypad()
    told: list[Press] = []
    for number in range(5):
        began_s = 10.0 + number * 0.2
        told += press_event(keypad, "4", began_s)
        told += keypad.whole("4", 90, "audible", began_s + 0.15)
    assert keys(told) == "44444"


def test_a_later_tone_of_the_same_key_is_a_press_of_its_own() -> None:
    keypad = Keypad()
    told = press_event(keypad, "4", 10.0)
    assert keys(told + keypad.whole("4", 60, "audible", 10.4)) == "44"


def test_a_key_by_info_and_by_event_is_one_press() -> None:
    keypad = Keypad()
    assert keys(press_event(keypad, "*", 10.0) + keypad.whole("*", 160, "info", 10.12)) == "*"


def test_a_press_whose_end_was_lost_is_told_all_the_same() -> None:
    keypad = Keypad()
    keypad.event("8", 60, False, 10.06)
    assert keypad.overdue(10.06 + EVENT_LOST_S / 2) == []
    assert keys(keypad.overdue(10.06 + EVENT_LOST_S)) == "8"
    assert keypad.overdue(11.0) == []


def test_the_next_key_ends_a_press_whose_end_was_lost() -> None:
    keypad = Keypad()
    keypad.event("8", 60, False, 10.06)
    assert keys(press_event(keypad, "9", 10.2)) == "89"
    keypad.event("8", 60, False, 11.06)
    assert keys(press_event(keypad, "8", 11.2)) == "88"


def test_no_key_shows_in_what_could_be_logged() -> None:
    assert "7" not in repr(Press("7", 100, "event"))
