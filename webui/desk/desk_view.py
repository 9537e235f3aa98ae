"""What a paired desk is told: how the recording of its own call is, and which of two things it may ask. No number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from webui.live_calls.call_view import recording_of
from webui.live_calls.calls_now import CallsNow, is_at

State = Literal["away", "none", "on", "paused", "fixed", "off"]

_WORDS: Mapping[State, tuple[str, str]] = {
    "away": ("Connecting…", "The box does not answer yet. It is back by itself in a few seconds."),
    "none": ("No call", "When this extension has a call, you can pause its recording here."),
    "on": ("Recording", "Pause before card details are said or keyed."),
    "paused": ("Paused", "Nothing that is said or keyed is kept."),
    "fixed": ("Recording", "This call is always recorded and may not be paused."),
    "off": ("Not recorded", "There is nothing to pause in this call."),
}


def desk_document(now: CallsNow, extension: str) -> dict[str, Any]:
    """The JSON document of one ``calls`` event of a desk.

    ``action`` is what its one button does, empty where it can do nothing.
    """
    call = _foremost(call for call in now.calls.values() if is_at(call, extension))
    actions = () if call is None else tuple(call.get("actions") or ())
    action = next((each for each in ("resume", "pause") if each in actions), "")
    state = _state(now, call, action)
    heading, words = _WORDS[state]
    if call is not None and call.get("reminder_unheard"):
        words = f"{words} Still paused: this line sounds no reminder."
    return {
        "connection": now.connection,
        "state": state,
        "heading": heading,
        "words": words,
        "action": action,
        "since_ms": None if call is None else call.get("connected_at_ms") or call.get("started_at_ms"),
        "paused_at_ms": None if call is None else call.get("paused_at_ms"),
        "resumes_at_ms": None if call is None else call.get("resumes_at_ms"),
    }


def _foremost(calls: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The call that is being talked in; of several, one where something can be asked."""

    def rank(call: Mapping[str, Any]) -> tuple[bool, bool]:
        asked = bool({"pause", "resume"} & set(call.get("actions") or ()))
        return (not asked, call.get("state") != "connected")

    return min(calls, key=rank, default=None)


def _state(now: CallsNow, call: Mapping[str, Any] | None, action: str) -> State:
    if call is None:
        # Where a process does not answer, the extension may have a call that nobody tells of.
        return "none" if now.connection == "live" else "away"
    recording = recording_of(call)
    if recording == "paused":
        return "paused"
    if action:
        return "on"
    return "fixed" if recording == "on" else "off"
