"""Calls to feature codes: each is answered, spoken to and hung up. They are nobody's calls and are never recorded."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.core.call.code_call import CodeCall, CodeStep, step_code_call
from firmware.core.call.effects import CancelTimer, StartTimer
from firmware.core.events import Event
from firmware.ports.line_tap import LineTap
from firmware.services.call_timers import CallTimers


class CodeCalls:
    """Every call to a code in progress. For the dispatcher's thread."""

    def __init__(self, tap: LineTap, timers: CallTimers) -> None:
        self._tap = tap
        self._timers = timers
        self._calls: dict[str, CodeCall] = {}

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._calls

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def open(self, opened: CodeStep) -> None:
        """Take a call that was just opened."""
        self._go_on(opened)

    def step(self, call_id: str, event: Event) -> None:
        self._go_on(step_code_call(self._calls[call_id], event))

    def _go_on(self, result: CodeStep) -> None:
        call, effects = result
        self._calls[call.call_id] = call
        for effect in effects:
            match effect:
                case StartTimer(timer, after_ms):
                    self._timers.start(call.call_id, timer, after_ms)
                case CancelTimer(timer):
                    self._timers.cancel(call.call_id, timer)
                case _:
                    self._tap.perform(call.call_id, effect)
        if call.over:
            del self._calls[call.call_id]
