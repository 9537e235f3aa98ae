"""The front panel's one button: what a person meant by it, with any timing and any bouncing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.button_press import RELEASED, TIMES, Button, Gesture, edge, found_down, next_due_s, pass_time

G = Gesture
Edges = Iterable[tuple[float, bool]]


class Finger:
    """Presses, and notes what was understood and when."""

    def __init__(self, button: Button = RELEASED) -> None:
        self.button = button
        self.now_s = 0.0
        self.told: list[tuple[float, Gesture]] = []

    def wait(self, seconds: float) -> Finger:
        """Look as soon as there is something to say, as the panel does."""
        until_s = self.now_s + seconds
        while (due_s := next_due_s(self.button)) is not None and due_s <= until_s:
            self._note(due_s, pass_time(self.button, due_s))
        self.now_s = until_s
        return self

    def edge(self, down: bool) -> Finger:
        self._note(self.now_s, edge(self.button, down, self.now_s))
        return self

    def press(self, seconds: float = 0.15) -> Finger:
        return self.edge(True).wait(seconds).edge(False)

    def stand_still(self, seconds: float) -> Finger:
        """The process is given no time meanwhile."""
        self.now_s += seconds
        return self

    @property
    def gestures(self) -> list[Gesture]:
        return [gesture for _, gesture in self.told]

    def _note(self, at_s: float, seen: tuple[Button, tuple[Gesture, ...]]) -> None:
        self.button = seen[0]
        self.told += [(at_s, gesture) for gesture in seen[1]]


def test_a_press_is_felt_at_once_and_known_to_be_the_only_one_a_moment_later() -> None:
    finger = Finger().wait(1).press(0.15).wait(2)
    assert finger.told == [(1.0, G.TOUCHED), (pytest.approx(1.15 + TIMES.again_s), G.PRESSED_ONCE)]


@pytest.mark.parametrize(("times", "gesture"), [(2, G.PRESSED_TWICE), (3, G.PRESSED_OFTEN), (7, G.PRESSED_OFTEN)])
def test_presses_that_follow_each_other_are_counted(times: int, gesture: Gesture) -> None:
    finger = Finger()
    for _ in range(times):
        finger.press().wait(0.2)
    assert finger.wait(1).gestures == [G.TOUCHED, gesture]


def test_two_presses_with_a_rest_between_are_two_single_ones() -> None:
    finger = Finger().press().wait(TIMES.again_s + 0.05).press().wait(1)
    assert finger.gestures == [G.TOUCHED, G.PRESSED_ONCE] * 2


@pytest.mark.parametrize("held_s", [1.2, 3.0, 4.9])
def test_a_hold_that_is_let_go_early_does_nothing(held_s: float) -> None:
    assert Finger().press(held_s).wait(30).gestures == [G.TOUCHED, G.HOLDS, G.GIVEN_UP]


def test_five_seconds_shut_down_when_the_button_is_let_go_and_not_before() -> None:
    finger = Finger().edge(True).wait(10)
    assert finger.told[1:] == [(TIMES.short_s, G.HOLDS), (TIMES.hold_s, G.MAY_LET_GO)]
    assert finger.edge(False).wait(1).gestures[3:] == [G.SHUT_DOWN]


def test_letting_go_as_the_light_changes_does_nothing() -> None:
    finger = Finger().press(TIMES.hold_s + TIMES.seen_s / 2).wait(30)
    assert finger.gestures == [G.TOUCHED, G.HOLDS, G.MAY_LET_GO, G.GIVEN_UP]


def test_something_that_leans_on_the_button_shuts_nothing_down() -> None:
    finger = Finger().edge(True).wait(3600)
    assert finger.gestures == [G.TOUCHED, G.HOLDS, G.MAY_LET_GO, G.STUCK]
    assert finger.edge(False).wait(60).gestures[4:] == [G.FREED]
    assert finger.press().wait(1).gestures[5:] == [G.TOUCHED, G.PRESSED_ONCE]


def test_a_process_that_stood_still_does_not_take_a_press_for_a_hold() -> None:
    """The press was short; the panel got to see its end eight seconds later."""
    finger = Finger().edge(True).stand_still(8).edge(False).wait(30)
    assert G.SHUT_DOWN not in finger.gestures


def test_fifteen_seconds_from_the_start_reset_the_network_when_let_go() -> None:
    finger = Finger(found_down(0.0, with_power=True)).wait(16)
    assert finger.told == [(TIMES.short_s, G.HOLDS_FROM_START), (TIMES.reset_s, G.MAY_LET_GO_FROM_START)]
    assert finger.edge(False).wait(1).gestures[2:] == [G.RESET_NETWORK]


@pytest.mark.parametrize("held_s", [0.3, 2.0, 6.0, 14.9])
def test_a_button_that_was_down_with_the_power_and_is_let_go_earlier_does_nothing(held_s: float) -> None:
    finger = Finger(found_down(0.0, with_power=True)).wait(held_s).edge(False).wait(60)
    assert finger.gestures[-1] is G.GIVEN_UP
    assert not {G.RESET_NETWORK, G.SHUT_DOWN, G.TOUCHED} & set(finger.gestures)


def test_a_button_that_is_down_when_only_the_panel_starts_anew_does_nothing() -> None:
    finger = Finger(found_down(0.0, with_power=False)).wait(60).edge(False).wait(60)
    assert finger.gestures == [G.FREED]


_EDGES = st.lists(
    st.tuples(st.one_of(st.floats(0, 0.05), st.floats(0, 1.5), st.floats(0, 40)), st.booleans()), max_size=40
)


def _lived(edges: Edges, finger: Finger) -> Finger:
    for wait_s, down in edges:
        finger.wait(wait_s).edge(down)
    return finger


@given(_EDGES, st.sampled_from([RELEASED, found_down(0.0, with_power=True), found_down(0.0, with_power=False)]))
def test_whatever_the_contact_does_an_act_has_been_shown_before_it_is_done(edges: Edges, begun: Button) -> None:
    finger = _lived(edges, Finger(begun)).edge(False).wait(60)
    for at, (at_s, gesture) in enumerate(finger.told):
        if gesture in (G.SHUT_DOWN, G.RESET_NETWORK):
            shown_s, shown = finger.told[at - 1]
            assert shown is (G.MAY_LET_GO if gesture is G.SHUT_DOWN else G.MAY_LET_GO_FROM_START)
            assert at_s - shown_s >= TIMES.seen_s
    assert not finger.button.down
    assert next_due_s(finger.button) is None


@given(_EDGES)
def test_every_touch_comes_with_the_edge_and_ends_in_one_verdict(edges: Edges) -> None:
    finger = _lived(edges, Finger()).edge(False).wait(60)
    verdicts = {G.PRESSED_ONCE, G.PRESSED_TWICE, G.PRESSED_OFTEN, G.GIVEN_UP, G.SHUT_DOWN, G.FREED}
    told = [gesture for gesture in finger.gestures if gesture in verdicts or gesture is G.TOUCHED]
    assert all(gesture is G.TOUCHED for gesture in told[::2])
    assert all(gesture in verdicts for gesture in told[1::2])
    assert len(told) % 2 == 0


@given(st.integers(1, 4), st.lists(st.floats(0.0005, 0.02), min_size=0, max_size=12))
def test_bouncing_changes_nothing(times: int, bounces: list[float]) -> None:
    clean, bouncing = Finger(), Finger()
    for finger, jumps in ((clean, []), (bouncing, bounces)):
        for _ in range(times):
            finger.edge(True)
            for jump_s in jumps:
                finger.wait(jump_s).edge(False).wait(jump_s).edge(True)
            finger.wait(0.15).edge(False)
            finger.wait(0.2)
        finger.wait(1)
    assert bouncing.gestures == clean.gestures


@given(_EDGES, st.lists(st.floats(0, 30), max_size=20))
def test_looking_late_never_makes_an_act_of_what_was_none(edges: Edges, stalls: list[float]) -> None:
    finger = Finger()
    pauses = iter(stalls)
    for wait_s, down in edges:
        finger.wait(wait_s).stand_still(next(pauses, 0.0)).edge(down)
    finger.edge(False).wait(60)
    for at, gesture in enumerate(finger.gestures):
        if gesture is G.SHUT_DOWN:
            assert finger.gestures[at - 1] is G.MAY_LET_GO
