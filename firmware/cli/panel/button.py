"""The front panel's button at work: what was meant by it is asked of whoever can do it, and answered by the light."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from firmware.adapters.control.client import ControlClient, path_of
from firmware.cli.panel.power import PanelPower
from firmware.core.button_press import Button, Gesture, edge, next_due_s, pass_time
from firmware.core.errors import EarmarkError, NoSuchCall
from firmware.core.panel_light import ButtonAnswer, PanelState, Shown
from firmware.core.panel_press import (
    PanelCall,
    PanelWish,
    PressedFor,
    concerned,
    mark_wish,
    pause_wish,
    resume_wish,
    spared_by_rules,
)
from firmware.ports.front_panel import ButtonEdge
from firmware.services.panel_view import PanelView

log = logging.getLogger(__name__)

ClientOf = Callable[[str], ControlClient]

#: How long an answer is shown: two rounds of the rhythms, so that nobody has to catch it.
_ANSWERED_S = 4.0
#: Calls that are asked at the same time: an office's lines rather than a queue.
_AT_ONCE = 8

_WHILE_HELD = {
    Gesture.HOLDS: ButtonAnswer.HOLD_TO_SHUT_DOWN,
    Gesture.MAY_LET_GO: ButtonAnswer.LET_GO_TO_SHUT_DOWN,
    Gesture.HOLDS_FROM_START: ButtonAnswer.HOLD_TO_RESET,
    Gesture.MAY_LET_GO_FROM_START: ButtonAnswer.LET_GO_TO_RESET,
}


@dataclass
class _Burst:
    """The presses since the first edge. ``paused`` and ``outcome`` are filled in by the thread that asks."""

    calls: tuple[PanelCall, ...] = ()
    pausing: bool = False
    paused: list[str] = field(default_factory=list)
    outcome: Shown | None = None

    def among(self, calls: Iterable[PanelCall]) -> tuple[PanelCall, ...]:
        """The same calls as they are now."""
        ours = {call.call_id for call in self.calls}
        return tuple(call for call in calls if call.call_id in ours)


class PanelButton:
    """Everything but the asking itself is done in the caller's thread; what is asked never makes the light wait.

    Args:
        view: the calls.
        client_of: the control socket of a process that holds or hears calls, by the process's name.
        pressed_for: which calls a press is for.
        power: for what a long hold asks.
        button: how the button was found.
    """

    def __init__(
        self, view: PanelView, client_of: ClientOf, pressed_for: PressedFor, power: PanelPower, button: Button
    ) -> None:
        self._view = view
        self._client_of = client_of
        self._pressed_for = pressed_for
        self._power = power
        self._button = button
        self._burst = _Burst()
        self._shown: tuple[Shown, float | None] | None = None
        self._outcomes: queue.SimpleQueue[tuple[_Burst, Shown]] = queue.SimpleQueue()
        self._failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        # One act after the other: a pause must be over before it is taken back.
        self._acts = ThreadPoolExecutor(1, "panel-acts")
        self._asking = ThreadPoolExecutor(_AT_ONCE, "panel-asks")
        self._does = {
            Gesture.TOUCHED: self._touched,
            Gesture.PRESSED_ONCE: self._pressed_once,
            Gesture.PRESSED_TWICE: self._pressed_twice,
            Gesture.PRESSED_OFTEN: self._pressed_often,
            Gesture.SHUT_DOWN: self._shut_down,
            Gesture.RESET_NETWORK: self._reset_network,
            Gesture.GIVEN_UP: self._given_up,
            Gesture.STUCK: self._stuck,
            Gesture.FREED: self._freed,
        }
        view.button_stuck(button.phase == "stuck")

    def close(self) -> None:
        """Wait for nothing: what was asked is asked."""
        for pool in (self._acts, self._asking):
            pool.shutdown(wait=False, cancel_futures=True)

    def take(self, happened: ButtonEdge) -> None:
        """The button went down or was let go."""
        self._button, told = edge(self._button, happened.down, happened.at_s)
        self._meant(told)

    def attend(self, now_s: float) -> None:
        """Time passed, or something that was asked is done. Raises whatever ended one of the threads that ask."""
        if not self._failures.empty():
            raise self._failures.get()
        self._button, told = pass_time(self._button, now_s)
        self._meant(told)
        while not self._outcomes.empty():
            burst, outcome = self._outcomes.get()
            burst.outcome = outcome
            if burst is self._burst and not self._held:
                self._show(outcome)

    def answer(self, now_s: float) -> Shown | None:
        """What the light says of the button; None: nothing, and it shows how the box is."""
        if self._shown is not None and self._shown[1] is not None and now_s >= self._shown[1]:
            self._shown = None
        return None if self._shown is None else self._shown[0]

    def make_way(self) -> None:
        """Something is to be seen at once that began after the press: an answer hides no fault."""
        if not self._held and not self.shuts_down:
            self._show(None)

    def wait_s(self, now_s: float, longest_s: float) -> float:
        """How long until there is something to attend to, if no edge comes."""
        due_s = next_due_s(self._button)
        return longest_s if due_s is None else min(longest_s, max(0.0, due_s - now_s))

    @property
    def shuts_down(self) -> bool:
        """Whether the box was asked to shut down, and has not refused."""
        return self._shown is not None and self._shown[0] is ButtonAnswer.SHUTTING_DOWN

    @property
    def _held(self) -> bool:
        return self._button.phase in ("held", "armed")

    def _show(self, shown: Shown | None, *, lasting: bool = False) -> None:
        until_s = None if lasting else time.monotonic() + _ANSWERED_S
        self._shown = None if shown is None else (shown, until_s)

    def _meant(self, gestures: Iterable[Gesture]) -> None:
        for gesture in gestures:
            log.debug("the button: %s", gesture.value)
            if gesture in _WHILE_HELD:
                self._show(_WHILE_HELD[gesture], lasting=True)
            else:
                self._does[gesture]()

    # -- presses ------------------------------------------------------------------------------------------------------

    def _touched(self) -> None:
        calls = concerned(self._view.calls(), self._pressed_for)
        wish = pause_wish(calls)
        burst = self._burst = _Burst(calls, bool(wish.call_ids))
        self._show(ButtonAnswer.NOTED, lasting=True)
        if wish.call_ids:
            # Where one call goes on being recorded, nobody is to think that theirs is paused.
            well = ButtonAnswer.NOT_DONE if spared_by_rules(calls) else PanelState.PAUSED
            self._submit(self._acts, self._pause, burst, wish, well)

    def _pressed_once(self) -> None:
        burst = self._burst
        if burst.pausing:
            return
        wish = resume_wish(burst.among(self._view.calls()))
        if isinstance(wish, ButtonAnswer):
            self._say_why_not(wish)
        else:
            self._submit(self._acts, self._ask_all, burst, wish, PanelState.RECORDING)

    def _pressed_twice(self) -> None:
        burst = self._burst
        wish = mark_wish(burst.among(self._view.calls()))
        if wish.call_ids:
            self._show(ButtonAnswer.NOTED, lasting=True)
            self._submit(self._acts, self._mark, burst, wish)
        elif not burst.pausing:
            self._say_why_not(ButtonAnswer.NOTHING_RECORDED)

    def _pressed_often(self) -> None:
        burst = self._burst
        if not burst.pausing:
            wish = resume_wish(burst.among(self._view.calls()))
            self._say_why_not(wish if isinstance(wish, ButtonAnswer) else ButtonAnswer.STAYS_PAUSED)

    def _say_why_not(self, answer: ButtonAnswer) -> None:
        """That nothing is recorded is said only by a panel that knows it."""
        if answer is ButtonAnswer.NOTHING_RECORDED and not self._view.knows_calls:
            answer = ButtonAnswer.NOT_DONE
        log.info("the button was pressed: %s", answer.value)
        self._show(answer)

    # -- holds --------------------------------------------------------------------------------------------------------

    def _shut_down(self) -> None:
        log.warning("the button was held for five seconds: shutting down")
        self._show(ButtonAnswer.SHUTTING_DOWN, lasting=True)
        self._submit(self._asking, self._act_on_box, self._burst, self._power.shut_down, ButtonAnswer.SHUTTING_DOWN)

    def _reset_network(self) -> None:
        log.warning("the button was held for fifteen seconds from the start: resetting the network")
        self._show(ButtonAnswer.NOTED, lasting=True)
        self._submit(self._asking, self._act_on_box, self._burst, self._power.reset_network, ButtonAnswer.DONE)

    def _given_up(self) -> None:
        """Nothing of the hold happens; what its first moment paused stays, and is said again."""
        self._show(self._burst.outcome)

    def _stuck(self) -> None:
        self._view.button_stuck(True)
        self._show(None)

    def _freed(self) -> None:
        self._view.button_stuck(False)

    # -- in threads of their own --------------------------------------------------------------------------------------

    def _submit(self, pool: ThreadPoolExecutor, act: Callable[..., None], *about: object) -> None:
        pool.submit(act, *about).add_done_callback(self._over)

    def _over(self, act: Future[None]) -> None:
        """Nobody waits for an act: one that failed in a way that was not thought of ends the process."""
        if not act.cancelled() and (error := act.exception()) is not None:
            self._failures.put(error)

    def _pause(self, burst: _Burst, wish: PanelWish, well: Shown) -> None:
        burst.paused += self._ask_each(burst, wish)
        all_done = len(burst.paused) == len(wish.call_ids)
        self._outcomes.put((burst, well if all_done else ButtonAnswer.NOT_DONE))

    def _mark(self, burst: _Burst, wish: PanelWish) -> None:
        marked = self._ask_each(burst, wish)
        back = self._ask_each(burst, PanelWish("resume", tuple(burst.paused)))
        all_done = len(marked) == len(wish.call_ids) and len(back) == len(burst.paused)
        self._outcomes.put((burst, ButtonAnswer.DONE if all_done else ButtonAnswer.NOT_DONE))

    def _ask_all(self, burst: _Burst, wish: PanelWish, well: Shown) -> None:
        all_done = len(self._ask_each(burst, wish)) == len(wish.call_ids)
        self._outcomes.put((burst, well if all_done else ButtonAnswer.NOT_DONE))

    def _ask_each(self, burst: _Burst, wish: PanelWish) -> list[str]:
        """Gives the calls of which it was done."""
        asked = {call.call_id: call.process for call in burst.calls if call.call_id in wish.call_ids}
        answers = self._asking.map(lambda each: self._ask(each[0], each[1], wish.action), asked.items())
        done = [call_id for call_id, well in zip(asked, answers, strict=True) if well]
        if asked:
            log.info("the button was pressed: %s, %d of %d calls", wish.action, len(done), len(asked))
        return done

    def _ask(self, call_id: str, process: str, action: str) -> bool:
        try:
            self._client_of(process).post(path_of("calls", call_id, action), {"how": "panel", "who": ""})
        except NoSuchCall:
            return True  # it has just ended: nothing more of it is kept
        except EarmarkError as error:
            log.warning("the button could not %s a call: %s", action, error)
            return False
        return True

    def _act_on_box(self, burst: _Burst, act: Callable[[], None], well: Shown) -> None:
        try:
            act()
        except EarmarkError as error:
            log.error("the button could not do that: %s", error)
            self._outcomes.put((burst, ButtonAnswer.NOT_DONE))
        else:
            if well is ButtonAnswer.DONE:
                self._outcomes.put((burst, well))
