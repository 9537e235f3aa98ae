"""The front panel's light: what it shows when several things hold, and that each thing can be told from all others."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.panel_light import COLOUR_NAMES, DARK, PATTERNS, TABLE, ButtonAnswer, PanelState, Shown
from firmware.core.panel_state import MOST_URGENT_FIRST, panel_state


def shown(**changes: bool | int) -> PanelState:
    quiet: dict[str, Any] = {
        "fault": False,
        "needs_attention": False,
        "updating": False,
        "paused_calls": 0,
        "recorded_calls": 0,
    }
    return panel_state(**(quiet | changes))


@pytest.mark.parametrize(
    ("holds", "state"),
    [
        ({}, PanelState.IDLE),
        ({"recorded_calls": 1}, PanelState.RECORDING),
        ({"recorded_calls": 5, "paused_calls": 1}, PanelState.PAUSED),
        ({"recorded_calls": 2, "updating": True}, PanelState.UPDATING),
        ({"recorded_calls": 2, "updating": True, "needs_attention": True}, PanelState.NEEDS_ATTENTION),
        ({"paused_calls": 1, "recorded_calls": 1, "needs_attention": True}, PanelState.PAUSED),
        ({"starting": True, "needs_attention": True}, PanelState.STARTING),
    ],
)
def test_the_most_urgent_is_shown(holds: dict[str, bool | int], state: PanelState) -> None:
    assert shown(**holds) is state


@given(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 200), st.integers(0, 200))
def test_nothing_hides_a_fault(attention: bool, updating: bool, starting: bool, paused: int, recorded: int) -> None:
    state = shown(
        fault=True,
        needs_attention=attention,
        updating=updating,
        starting=starting,
        paused_calls=paused,
        recorded_calls=recorded,
    )
    assert state is PanelState.FAULT


def test_every_state_has_its_place_and_everything_that_can_be_shown_has_a_row() -> None:
    assert set(MOST_URGENT_FIRST) == set(PanelState)
    assert set(TABLE) == {*PanelState, *ButtonAnswer}
    assert all(row.looks and row.means and row.pattern.colour_name for row in TABLE.values())


def _bars(one: Shown, seconds: float = 12.0, step_s: float = 0.05) -> str:
    """What an eye that knows no colours sees: lit and dark, from the beginning on."""
    seen = ""
    for colour, lasts_s in PATTERNS[one].phases():
        lasts_s = seconds if lasts_s is None else lasts_s
        seen += ("." if colour == DARK else "#") * round(lasts_s / step_s)
        if len(seen) * step_s >= seconds:
            return seen
    return seen


def _turned(bars: str) -> set[str]:
    """The same rhythm for somebody who looks up at any other moment."""
    window = len(bars) // 2
    return {bars[at : at + window] for at in range(window)}


def test_no_two_rhythms_are_alike_to_somebody_who_sees_no_colours_whenever_they_look_up() -> None:
    for one, other in itertools.combinations(TABLE, 2):
        first, second = _bars(one), _bars(other)
        assert second[: len(second) // 2] not in _turned(first), (one, other)


def test_no_two_states_that_call_for_an_act_are_of_nearly_one_rhythm() -> None:
    """Told apart by how many flashes there are and how long, without counting seconds."""

    def kind(state: PanelState) -> tuple[int, bool]:
        rhythm = PATTERNS[state].rhythm_s
        return len(rhythm) // 2, bool(rhythm) and max(rhythm) > 0.5

    kinds = [kind(state) for state in (PanelState.PAUSED, PanelState.NEEDS_ATTENTION, PanelState.FAULT)]
    assert len(set(kinds)) == len(kinds)


def test_nothing_flashes_oftener_than_three_times_in_a_second() -> None:
    for one in TABLE:
        bars, second = _bars(one), round(1 / 0.05)
        begins = [at for at in range(1, len(bars)) if bars[at - 1 : at + 1] == ".#"]
        assert all(sum(at <= other < at + second for other in begins) <= 3 for at in begins), one


def test_a_rhythm_is_pairs_of_lit_and_dark_and_colours_have_names() -> None:
    for pattern in PATTERNS.values():
        assert len(pattern.rhythm_s) % 2 == 0
        assert all(lasts_s > 0 for lasts_s in pattern.rhythm_s)
        assert pattern.colour in COLOUR_NAMES
        assert set(pattern.colour) <= {0.0, 1.0}
        some = list(itertools.islice(pattern.phases(), 4))
        assert [colour for colour, _ in some] == ([pattern.colour, DARK] * 2)[: len(some)]
