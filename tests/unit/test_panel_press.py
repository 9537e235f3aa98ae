"""What a press of the front panel's button asks of which calls."""

from __future__ import annotations

import pytest

from firmware.core.panel_light import ButtonAnswer
from firmware.core.panel_press import (
    SETTLED_S,
    PanelCall,
    PanelWish,
    PressedFor,
    concerned,
    mark_wish,
    pause_wish,
    resume_wish,
    spared_by_rules,
)


def talk(
    call_id: str, *actions: str, line: str = "main", since_ms: int | None = 1, how: str = "", for_s: float = 60.0
) -> PanelCall:
    return PanelCall(call_id, "lines", line, since_ms, True, frozenset(actions), how, for_s if how else 0.0)


A = talk("a", "pause", "mark")
B = talk("b", "pause", "mark", line="sales", since_ms=3)
RINGING = PanelCall("r", "lines", "main", None, False, frozenset({"pause"}))
OURS = talk("o", "resume", "mark", how="panel")
DESKS = talk("d", "resume", "mark", how="desk")
ALWAYS = talk("x", "mark")


@pytest.mark.parametrize(
    ("calls", "pressed_for", "ids"),
    [
        ([], "all", ""),
        ([A, B, RINGING], "all", "abr"),
        ([A, B, RINGING], "line", "b"),
        ([A, RINGING], "line", "ar"),
        # A pause before anybody talks.
        ([RINGING], "line", "r"),
    ],
)
def test_a_press_is_for_all_calls_or_for_the_line_where_people_began_to_talk_last(
    calls: list[PanelCall], pressed_for: PressedFor, ids: str
) -> None:
    assert [call.call_id for call in concerned(calls, pressed_for)] == list(ids)


@pytest.mark.parametrize(
    ("calls", "ids"),
    [
        ([], ()),
        ([A, RINGING, OURS, ALWAYS, B], ("a", "r", "b")),
        ([OURS, DESKS, ALWAYS], ()),
        # The telephone system would end its own when it likes: a person takes it over.
        ([talk("p", "resume", how="pbx")], ("p",)),
    ],
)
def test_the_first_edge_pauses_whatever_can_be_paused(calls: list[PanelCall], ids: tuple[str, ...]) -> None:
    assert pause_wish(calls) == PanelWish("pause", ids)


@pytest.mark.parametrize(
    ("calls", "answer"),
    [
        ([], ButtonAnswer.NOTHING_RECORDED),
        ([OURS], PanelWish("resume", ("o",))),
        ([OURS, ALWAYS], PanelWish("resume", ("o",))),
        # What somebody else paused stays so; what this button paused goes on.
        ([OURS, DESKS], PanelWish("resume", ("o",))),
        ([DESKS], ButtonAnswer.STAYS_PAUSED),
        ([DESKS, ALWAYS], ButtonAnswer.STAYS_PAUSED),
        ([talk("u", "resume", how="unknown")], ButtonAnswer.STAYS_PAUSED),
        ([ALWAYS], ButtonAnswer.NOT_DONE),
        ([PanelCall("n", "lines", "main", 1)], ButtonAnswer.NOTHING_RECORDED),
    ],
)
def test_a_single_press_lets_go_on_what_this_button_paused_and_nothing_else(
    calls: list[PanelCall], answer: PanelWish | ButtonAnswer
) -> None:
    assert resume_wish(calls) == answer


@pytest.mark.parametrize("for_s", [0.0, SETTLED_S - 0.1])
def test_a_pause_that_has_only_just_begun_is_not_ended_by_somebody_who_presses_again(for_s: float) -> None:
    young = talk("y", "resume", how="panel", for_s=for_s)
    assert resume_wish([young]) is ButtonAnswer.STAYS_PAUSED
    assert resume_wish([young, OURS]) is ButtonAnswer.STAYS_PAUSED, "nor are some of several"


def test_two_presses_mark_what_can_be_marked_paused_or_not() -> None:
    assert mark_wish([A, RINGING, OURS, ALWAYS]) == PanelWish("mark", ("a", "o", "x"))


def test_a_call_that_goes_on_being_recorded_is_noticed() -> None:
    assert spared_by_rules([A, ALWAYS])
    assert not spared_by_rules([A, OURS, RINGING])
