"""What the front panel shows, from what the processes say on their event streams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from firmware.core.health_check import Severity
from firmware.core.panel_light import PanelState
from firmware.core.panel_press import PanelCall
from firmware.core.panel_state import panel_state
from firmware.core.process_health import FAILED, WELL
from firmware.ports.clock import Clock
from firmware.services.health import HealthWatch, Problem

RECORDER = "recorder"


class PanelView:
    """Keeps the calls in progress and the processes' own words. One thread.

    Args:
        watch: notices who falls silent.
        clock: for how long a pause has been known.
        line_lights: the lines that have a light of their own.
    """

    def __init__(self, watch: HealthWatch, clock: Clock, line_lights: Iterable[str] = ()) -> None:
        self._watch = watch
        self._clock = clock
        self._line_lights = tuple(line_lights)
        self._calls: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._lines: dict[str, frozenset[str]] = {}
        self._paused_since_s: dict[str, float] = {}
        self._updating: set[str] = set()
        self._button: Problem | None = None
        self.follow(["lines"])

    def follow(self, lines: Iterable[str]) -> None:
        """These are the processes that hold or hear calls; what was told by others counts no longer."""
        self._calls = {process: self._calls.get(process, {}) for process in lines}
        self._lines = {process: names for process, names in self._lines.items() if process in self._calls}
        self._watch.expect([*self._calls, RECORDER])

    def stream_opened(self, process: str) -> None:
        """A stream began anew: it tells all calls that go on now, so older ones are forgotten."""
        if process in self._calls:
            self._calls[process].clear()

    def tell(self, process: str, kind: str, data: Mapping[str, Any]) -> None:
        """One event of a process's stream. Kinds and processes that the panel does not know of are ignored."""
        if kind == "heartbeat" and self._watch.watches(process):
            self._watch.heard(process, _problems(process, data))
            if "known" in data:
                self._watch.known(map(str, data["known"]))
            if process in self._calls:
                self._lines[process] = frozenset(str(line.get("name")) for line in data.get("lines", ()))
            (self._updating.add if data.get("updating") is True else self._updating.discard)(process)
        elif process in self._calls and kind == "call":
            self._tell_call(process, str(data.get("call_id")), data)

    def _tell_call(self, process: str, call_id: str, call: Mapping[str, Any]) -> None:
        if call.get("state") == "ended":
            self._calls[process].pop(call_id, None)
        else:
            self._calls[process][call_id] = call
        if call.get("paused") is True and call.get("state") != "ended":
            self._paused_since_s.setdefault(call_id, self._clock.monotonic_s())
        else:
            self._paused_since_s.pop(call_id, None)

    def button_stuck(self, stuck: bool) -> None:
        """The button has been down for so long that nobody can be holding it, or came free again."""
        what = "The button of the front panel is held down, and nobody does that for so long."
        remedy = "Look what leans on it; if nothing does, its contact is jammed."
        self._button = Problem("attention", "front panel", what, remedy) if stuck else None

    def calls(self) -> tuple[PanelCall, ...]:
        """The calls that go on now."""
        now_s = self._clock.monotonic_s()
        return tuple(
            PanelCall(
                call_id,
                process,
                str(call.get("line")),
                call.get("connected_at_ms"),
                call.get("recording") is True,
                frozenset(call.get("actions") or ()),
                str(call.get("paused_how") or "unknown") if call.get("paused") is True else "",
                now_s - self._paused_since_s.get(call_id, now_s),
            )
            for process, calls in self._calls.items()
            for call_id, call in calls.items()
        )

    @property
    def knows_calls(self) -> bool:
        """Whether every process that holds or hears calls was heard, and lately: else there may be others."""
        faulty = {problem.subject for problem in self._watch.problems() if problem.severity == "fault"}
        return all(process in self._lines and process not in faulty for process in self._calls)

    @property
    def all_silent(self) -> bool:
        """Whether neither the recorder nor any process with calls is heard any more, as when the box has shut down."""
        return self._watch.all_silent

    def state(self) -> PanelState:
        """What the panel's one light shows now."""
        severities = {problem.severity for problem in self.problems()}
        return _shown(severities, self.calls(), updating=bool(self._updating), starting=self._watch.starting)

    def line_states(self) -> dict[str, PanelState]:
        """What the light of each line shows that has one: what concerns this line, and what concerns all."""
        problems, calls = self._watch.problems(), self.calls()
        return {name: self._line_state(name, problems, calls) for name in self._line_lights}

    def problems(self) -> list[Problem]:
        """Why it shows what it shows, worst first."""
        own = [self._button] if self._button is not None else []
        return [*self._watch.problems(), *own, *self._lights_of_no_line()]

    def _line_state(self, name: str, problems: Iterable[Problem], calls: Iterable[PanelCall]) -> PanelState:
        process = self._process_of(name)
        # Whose a line is that nobody has named yet is not known: it is as who has named none.
        nameless = [each for each in self._calls if each not in self._lines]
        shared = {RECORDER, *(nameless if process is None else [process])}
        severities = {
            problem.severity
            for problem in problems
            if problem.subject == f"line {name}" or (problem.subject in shared and problem.severity == "fault")
        }
        if process is None and not self._watch.starting:
            severities.add("attention")
        starting = self._watch.starting and process is None
        return _shown(severities, (call for call in calls if call.line == name), starting=starting)

    def _process_of(self, line: str) -> str | None:
        return next((process for process, names in self._lines.items() if line in names), None)

    def _lights_of_no_line(self) -> Iterator[Problem]:
        """A light with a line's name that no line has: once all processes that have lines have named them."""
        if self._watch.starting or not all(process in self._lines for process in self._calls):
            return
        for name in self._line_lights:
            if self._process_of(name) is None:
                what = f"The front panel has a light for the line {name}, and there is no such line."
                yield Problem("attention", "front panel", what, "Correct line_light in the pin map, pins.toml.")


def _shown(
    severities: Collection[Severity], calls: Iterable[PanelCall], *, starting: bool, updating: bool = False
) -> PanelState:
    known = tuple(calls)
    return panel_state(
        fault="fault" in severities,
        needs_attention="attention" in severities,
        updating=updating,
        paused_calls=sum(call.paused for call in known),
        recorded_calls=sum(call.recording for call in known),
        starting=starting,
    )


def _problems(process: str, heartbeat: Mapping[str, Any]) -> Iterator[Problem]:
    """What a heartbeat complains of: the process's own state, its lines' needs, a recorder that is not there."""
    lines = heartbeat.get("lines", ())
    # A process is as its worst line is: what that one says of itself concerns no other.
    said = [] if heartbeat.get("state") in {line.get("state") for line in lines} else [*_attention(process, heartbeat)]
    for line in lines:
        said += _attention(f"line {line.get('name')}", line)
    if heartbeat.get("recorder_connected") is False:
        remedy = "It is restarted by itself; if this stays, look at its log."
        said.append(Problem("fault", process, "The recorder takes no audio from the lines.", remedy))
    yield from said


def _attention(subject: str, status: Mapping[str, Any]) -> Iterator[Problem]:
    words = [str(text) for text in status.get("attention", ())]
    state = str(status.get("state", "ok"))
    severity: Severity = "fault" if state in FAILED else "attention"
    if words:
        yield from (Problem(severity, subject, text, "") for text in words)
    elif state not in WELL:
        yield Problem(severity, subject, f"The {subject} is {state}.", "See the health page.")
