"""What the processes that hold or hear calls say of themselves, in words for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.core.lines_instance import LinesInstance
from webui.health.process_states import Facts


def line_facts(answer: Mapping[str, Any]) -> Facts:
    """Calls in progress, whether the recorder is reached, each line's state, and who gives notice where it cannot."""
    reached = "connected" if answer.get("recorder_connected") else "not connected: calls go on unrecorded"
    told = answer.get("notice_given_by") or {}
    notices = [(f"Line {name}: callers are told by", who or "nobody that is named") for name, who in told.items()]
    return (("Calls in progress", str(answer.get("calls", 0))), ("Recorder", reached), *_lines(answer), *notices)


def call_log_facts(answer: Mapping[str, Any]) -> Facts:
    """The state of each connection to a telephone system's call log."""
    return tuple(_lines(answer))


#: What each process is called, and what it does.
WORDS: Mapping[LinesInstance, tuple[str, str]] = {
    "sip": ("Lines", "Holds the phone calls."),
    "siprec": ("Lines (SIPREC)", "Takes the copy of each call that the telephone system sends."),
    "analogue": ("Lines (analogue)", "Listens on telephone wires."),
    "smdr": ("Call log", "Reads the telephone system's own log of calls."),
}
FACTS: Mapping[LinesInstance, Callable[[Mapping[str, Any]], Facts]] = {
    "sip": line_facts,
    "siprec": line_facts,
    "analogue": line_facts,
    "smdr": call_log_facts,
}


def _lines(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"Line {line.get('name')}", _line_state(line)) for line in answer.get("lines", ())]


def _line_state(line: Mapping[str, Any]) -> str:
    state = str(line.get("state", "")).replace("_", " ") or "unknown"
    if line.get("registered") is not None:
        state += ", registered" if line["registered"] else ", not registered"
    return state
