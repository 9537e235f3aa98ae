"""The one light of the front panel."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.panel_state import PATTERNS, PanelState, panel_state


def shown(**changes: bool | int) -> PanelState:
    quiet: dict[str, Any] = {
        "fault": False,
        "needs_attention": False,
        "updating": False,
        "paused_calls": 0,
        "recorded_calls": 0,
    }
    return panel_state(**(quiet | changes))


def test_a_quiet_box_shows_idle() -> None:
    assert shown() is PanelState.IDLE


def test_a_recorded_call_shows_recording() -> None:
    assert shown(recorded_calls=1) is PanelState.RECORDING


def test_one_paused_call_among_recorded_ones_shows_the_pause() -> None:
    assert shown(recorded_calls=5, paused_calls=1) is PanelState.PAUSED


def test_what_needs_attention_is_shown_although_calls_are_recorded() -> None:
    assert shown(recorded_calls=2, needs_attention=True) is PanelState.NEEDS_ATTENTION


@given(st.booleans(), st.booleans(), st.integers(0, 200), st.integers(0, 200))
def test_nothing_hides_a_fault(needs_attention: bool, updating: bool, paused: int, recorded: int) -> None:
    state = shown(
        fault=True,
        needs_attention=needs_attention,
        updating=updating,
        paused_calls=paused,
        recorded_calls=recorded,
    )
    assert state is PanelState.FAULT


def test_every_state_has_a_pattern() -> None:
    assert set(PATTERNS) == set(PanelState)


def test_states_of_one_colour_blink_differently() -> None:
    patterns = list(PATTERNS.values())
    assert len({(pattern.colour, pattern.rhythm_s) for pattern in patterns}) == len(patterns)


def test_the_states_to_act_on_are_told_apart_by_rhythm_alone() -> None:
    rhythms = [PATTERNS[state].rhythm_s for state in (PanelState.PAUSED, PanelState.NEEDS_ATTENTION, PanelState.FAULT)]
    assert all(rhythms)
    assert len(set(rhythms)) == len(rhythms)


def test_a_rhythm_is_pairs_of_on_and_off_and_colours_are_shares() -> None:
    for pattern in PATTERNS.values():
        assert len(pattern.rhythm_s) % 2 == 0
        assert all(0.0 <= share <= 1.0 for share in pattern.colour)
