"""What the front panel shows, from what the lines and the recorder say on their event streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firmware.core.panel_press import PanelWish, PressedFor, wish_of
from firmware.core.panel_state import PanelState
from firmware.services.health import Activity, HealthWatch, Problem, Severity

_FINE = frozenset({"ok", "working", "starting", "idle", "recording", "ready"})
_FAULTY = frozenset({"fault", "failed", "stopped"})


class PanelView:
    """Keeps the calls in progress and the processes' own words. One thread."""

    def __init__(self, watch: HealthWatch) -> None:
        self._watch = watch
        self._calls: dict[str, dict[str, Mapping[str, Any]]] = {}
        self.follow(["lines"])

    def follow(self, lines: Iterable[str]) -> None:
        """These are the processes that hold or hear calls; what was told by others counts no longer."""
        self._calls = {process: self._calls.get(process, {}) for process in lines}
        self._watch.expect([*self._calls, "recorder"])

    def stream_opened(self, process: str) -> None:
        """A stream began anew: it tells all calls that go on now, so older ones are forgotten."""
        if process in self._calls:
            self._calls[process].clear()

    def tell(self, process: str, kind: str, data: Mapping[str, Any]) -> None:
        """One event of a process's stream. Kinds and processes that the panel does not know of are ignored."""
        if kind == "heartbeat" and self._watch.watches(process):
            self._watch.heard(process, _problems(process, data))
        elif process in self._calls and kind == "call":
            call_id = str(data.get("call_id"))
            if data.get("state") == "ended":
                self._calls[process].pop(call_id, None)
            else:
                self._calls[process][call_id] = data

    def holder(self, call_id: str) -> str | None:
        """The process that has a call; None when none does any more."""
        return next((process for process, calls in self._calls.items() if call_id in calls), None)

    @property
    def _all_calls(self) -> list[Mapping[str, Any]]:
        return [call for calls in self._calls.values() for call in calls.values()]

    def state(self) -> PanelState:
        """What to show now."""
        calls = self._all_calls
        recorded = sum(1 for call in calls if call.get("recording") is True)
        paused = sum(1 for call in calls if call.get("paused") is True)
        return self._watch.panel_state(Activity(recorded_calls=recorded, paused_calls=paused))

    def wish(self, pressed_for: PressedFor) -> PanelWish | None:
        """What a short press of the button asks for now."""
        return wish_of(self._all_calls, pressed_for)

    def problems(self) -> list[Problem]:
        """Why it shows what it shows, worst first."""
        return self._watch.problems()


def _problems(process: str, heartbeat: Mapping[str, Any]) -> Iterator[Problem]:
    """What a heartbeat complains of: the process's own state, its lines' needs, a recorder that is not there."""
    said = [*_attention(process, heartbeat)]
    for line in heartbeat.get("lines", ()):
        said += _attention(f"line {line.get('name')}", line)
    if heartbeat.get("recorder_connected") is False:
        remedy = "It is restarted by itself; if this stays, look at its log."
        said.append(Problem("fault", process, "The recorder takes no audio from the lines.", remedy))
    yield from said


def _attention(subject: str, status: Mapping[str, Any]) -> Iterator[Problem]:
    words = [str(text) for text in status.get("attention", ())]
    state = str(status.get("state", "ok"))
    severity: Severity = "fault" if state in _FAULTY else "attention"
    if words:
        yield from (Problem(severity, subject, text, "") for text in words)
    elif state not in _FINE:
        yield Problem(severity, subject, f"The {subject} is {state}.", "See the health page.")
