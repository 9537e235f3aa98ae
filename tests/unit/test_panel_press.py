"""What a press of the front panel's button asks of which calls."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.cli.panel_button import PanelButton
from firmware.core.errors import ActionRefused
from firmware.core.panel_press import PanelWish, PressedFor, wish_of
from firmware.ports.front_panel import ButtonPress
from firmware.services.health import HealthWatch
from firmware.services.panel_view import PanelView
from tests.hand_set_clock import HandSetClock
from tests.unit.test_panel_view import RoomyDisk, call


def talk(call_id: str, line: str, since_ms: int | None, *actions: str) -> dict[str, Any]:
    return {"call_id": call_id, "line": line, "connected_at_ms": since_ms, "actions": list(actions)}


CALLS = [
    talk("a", "main", 1, "pause", "remind"),
    talk("b", "main", 2, "resume"),
    talk("c", "sales", 3, "pause"),
    talk("d", "main", None),
]


@pytest.mark.parametrize(
    ("calls", "pressed_for", "wish"),
    [
        ([], "all", None),
        (CALLS, "all", PanelWish("pause", ("a", "c"))),
        (CALLS, "line", PanelWish("pause", ("c",))),
        (CALLS[:2], "line", PanelWish("pause", ("a",))),
        (CALLS[1:2], "all", PanelWish("resume", ("b",))),
        # What may not be paused is left alone.
        ([talk("e", "main", 1, "remind")], "all", None),
        # A pause before anybody talks.
        ([talk("f", "main", None, "pause")], "line", PanelWish("pause", ("f",))),
    ],
)
def test_a_press_pauses_what_can_be_paused_and_else_lets_go_on_what_is(
    calls: list[dict[str, Any]], pressed_for: PressedFor, wish: PanelWish | None
) -> None:
    assert wish_of(calls, pressed_for) == wish


class Lines(ControlClient):
    """The lines process: remembers what it was asked, and may refuse one call."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def post(self, path: str, body: Any = None, *, token: str = "") -> dict[str, Any]:
        self.asked.append(path)
        if "refused" in path:
            raise ActionRefused("The call has ended.")
        return {}


def test_a_refusal_for_one_call_does_not_spare_the_others(caplog: pytest.LogCaptureFixture) -> None:
    lines, view = Lines(), PanelView(HealthWatch(HandSetClock(), RoomyDisk()))
    for call_id in ("refused", "b"):
        call(view, call_id, "connected", True, actions=["pause"])
    PanelButton(lambda process: lines, "all", hold_s=4).pressed(ButtonPress(0.2), view)
    assert lines.asked == ["/calls/refused/pause", "/calls/b/pause"]
    assert "could not pause a call: The call has ended." in caplog.text


def test_holding_the_button_pauses_nothing() -> None:
    lines, view = Lines(), PanelView(HealthWatch(HandSetClock(), RoomyDisk()))
    call(view, "a", "connected", True, actions=["pause"])
    PanelButton(lambda process: lines, "all", hold_s=4).pressed(ButtonPress(4.0), view)
    assert lines.asked == []


def test_a_press_reaches_each_call_where_it_is() -> None:
    asked: list[tuple[str, str]] = []

    class Held(Lines):
        def __init__(self, process: str) -> None:
            super().__init__()
            self._process = process

        def post(self, path: str, body: Any = None, *, token: str = "") -> dict[str, Any]:
            asked.append((self._process, path))
            return {}

    view = PanelView(HealthWatch(HandSetClock(), RoomyDisk()))
    view.follow(["lines", "lines-siprec"])
    call(view, "a", "connected", True, actions=["pause"])
    heard = {"call_id": "b", "state": "connected", "recording": True, "actions": ["pause"]}
    view.tell("lines-siprec", "call", heard)
    PanelButton(Held, "all", hold_s=4).pressed(ButtonPress(0.2), view)
    assert asked == [("lines", "/calls/a/pause"), ("lines-siprec", "/calls/b/pause")]
