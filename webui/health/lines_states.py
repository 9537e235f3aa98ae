"""What the processes that hold or hear calls say of themselves, in words for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.core.lines_instance import LinesInstance
from webui.health.process_states import Facts
from webui.translation import gettext as _
from webui.translation import marked


def line_facts(answer: Mapping[str, Any]) -> Facts:
    """Calls in progress, whether the recorder is reached, each line's state, and who gives notice where it cannot."""
    reached = _("connected") if answer.get("recorder_connected") else _("not connected: calls go on unrecorded")
    told = answer.get("notice_given_by") or {}
    notices = [
        (_("Line %(name)s: callers are told by") % {"name": name}, who or _("nobody that is named"))
        for name, who in told.items()
    ]
    return ((_("Calls in progress"), str(answer.get("calls", 0))), (_("Recorder"), reached), *_lines(answer), *notices)


def call_log_facts(answer: Mapping[str, Any]) -> Facts:
    """The state of each connection to a telephone system's call log."""
    return tuple(_lines(answer))


#: What each process is called, and what it does.
WORDS: Mapping[LinesInstance, tuple[str, str]] = {
    "sip": (marked("Lines"), marked("Holds the phone calls.")),
    "siprec": (marked("Lines (SIPREC)"), marked("Takes the copy of each call that the telephone system sends.")),
    "analogue": (marked("Lines (analogue)"), marked("Listens on telephone wires.")),
    "smdr": (marked("Call log"), marked("Reads the telephone system's own log of calls.")),
}
FACTS: Mapping[LinesInstance, Callable[[Mapping[str, Any]], Facts]] = {
    "sip": line_facts,
    "siprec": line_facts,
    "analogue": line_facts,
    "smdr": call_log_facts,
}


def _lines(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_("Line %(name)s") % {"name": line.get("name")}, _line_state(line)) for line in answer.get("lines", ())]


def _line_state(line: Mapping[str, Any]) -> str:
    known = {
        "starting": _("starting"),
        "working": _("working"),
        "degraded": _("degraded"),
        "stopped": _("stopped"),
        "": _("unknown"),
    }
    state = str(line.get("state", ""))
    words = known.get(state, state.replace("_", " "))
    if line.get("registered") is not None:
        words += ", " + (_("registered") if line["registered"] else _("not registered"))
    return words
