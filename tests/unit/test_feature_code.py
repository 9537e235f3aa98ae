"""Codes among keys: found, swallowed, or let go in the order they were keyed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.feature_code import NO_CODES, NOTHING_HELD, CodeAction, FeatureCodes, Key

CODES = FeatureCodes()


def press(keys: str, codes: FeatureCodes = CODES) -> tuple[str, list[CodeAction], str]:
    """What was let go, what was asked for, what is still held."""
    collector, released, actions = NOTHING_HELD, "", []
    for key in keys:
        collector, collected = collector.press(Key(key, 100, "event"), codes)
        released += "".join(each.key for each in collected.released)
        if collected.action is not None:
            actions.append(collected.action)
    return released, actions, "".join(key.key for key in collector.held)


@pytest.mark.parametrize(
    ("keys", "action"), [("*48", "pause"), ("*49", "resume"), ("*44", "start"), ("*46", "remind"), ("*47", "told")]
)
def test_each_code_is_found_and_none_of_its_keys_passes(keys: str, action: CodeAction) -> None:
    assert press(keys) == ("", [action], "")


def test_keys_that_are_no_code_pass_at_once() -> None:
    assert press("0123456789#") == ("0123456789#", [], "")


def test_a_star_is_held_until_it_is_clear_that_no_code_comes() -> None:
    assert press("*") == ("", [], "*")
    assert press("*4") == ("", [], "*4")
    assert press("*45") == ("*45", [], "")
    assert press("*1") == ("*1", [], "")


def test_a_code_that_begins_inside_what_turns_out_to_be_none_is_still_found() -> None:
    assert press("**48") == ("*", ["pause"], "")
    assert press("*4*48") == ("*4", ["pause"], "")


def test_what_is_held_is_let_go_in_order_when_nothing_more_comes() -> None:
    collector, _ = NOTHING_HELD.press(Key("*", 80, "event"), CODES)
    collector, _ = collector.press(Key("4", 120, "event"), CODES)
    collector, collected = collector.let_go()
    assert [(key.key, key.duration_ms) for key in collected.released] == [("*", 80), ("4", 120)]
    assert collector == NOTHING_HELD


def test_the_code_that_records_a_greeting_is_none_in_a_call_but_is_one_that_can_be_dialled() -> None:
    assert press("*90") == ("*90", [], "")
    assert CODES.dialled("*90") == "greeting"
    assert CODES.dialled("*48") == "pause"
    assert CODES.dialled("999") is None
    assert CODES.dialled(None) is None


def test_a_code_may_have_four_keys_after_its_asterisk() -> None:
    assert press("*1234", FeatureCodes(pause="*1234")) == ("", ["pause"], "")


def test_a_code_that_is_switched_off_is_keys_like_any_other() -> None:
    assert press("*48", FeatureCodes(pause="")) == ("*48", [], "")
    assert FeatureCodes(pause="").dialled("") is None
    assert press("*48*49", NO_CODES) == ("*48*49", [], "")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"pause": "48"}, "not a feature code"),
        ({"pause": "*"}, "not a feature code"),
        ({"pause": "*x"}, "not a feature code"),
        ({"pause": "*12345"}, "not a feature code"),  # keyed as tones it would never be heard to its end
        ({"pause": "*4"}, "begins with"),
        ({"pause": "*49"}, "begins with"),
    ],
)
def test_codes_that_could_not_be_told_apart_are_refused(wrong: dict[str, str], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        FeatureCodes(**wrong)


def test_a_key_is_never_shown() -> None:
    collector, _ = NOTHING_HELD.press(Key("*", 100, "audible"), CODES)
    assert "'*'" not in repr(collector)


@given(st.text("0123456789*#ABCD", max_size=40))
def test_every_key_is_let_go_in_order_or_part_of_a_code_or_still_held(keys: str) -> None:
    """What comes out, put together again, is what went in; no code is among what was let go."""
    collector, out = NOTHING_HELD, ""
    for key in keys:
        collector, collected = collector.press(Key(key, 100, "event"), CODES)
        out += "".join(each.key for each in collected.released)
        if collected.action is not None:
            out += next(code for code, action in CODES.in_call.items() if action == collected.action)
    assert out + "".join(key.key for key in collector.held) == keys


@given(st.text("0123456789*#", max_size=40))
def test_a_whole_code_is_never_let_go(keys: str) -> None:
    released, _, _ = press(keys)
    runs = press_runs(keys)
    assert not any(code in run for run in runs for code in CODES.in_call)
    assert "".join(runs) == released


def press_runs(keys: str) -> list[str]:
    """What was let go, in runs between the codes that were found."""
    collector, runs = NOTHING_HELD, [""]
    for key in keys:
        collector, collected = collector.press(Key(key, 100, "event"), CODES)
        runs[-1] += "".join(each.key for each in collected.released)
        if collected.action is not None:
            runs.append("")
    return runs
