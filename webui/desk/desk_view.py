"""What a paired desk is told: how the recording of its own call is, and which of two things it may ask. No number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from webui.live_calls.call_view import recording_of
from webui.live_calls.calls_now import CallsNow, is_at
from webui.translation import gettext as _
from webui.translation import marked

State = Literal["away", "none", "on", "paused", "fixed", "off"]

_WORDS: Mapping[State, tuple[str, str]] = {
    "away": (marked("Connecting…"), marked("The box does not answer yet. It is back by itself in a few seconds.")),
    "none": (marked("No call"), marked("When this extension has a call, you can pause its recording here.")),
    "on": (marked("Recording"), marked("Pause before card details are said or keyed.")),
    "paused": (marked("Paused"), marked("Nothing that is said or keyed is kept.")),
    "fixed": (marked("Recording"), marked("This call is always recorded and may not be paused.")),
    "off": (marked("Not recorded"), marked("There is nothing to pause in this call.")),
}
_PARTLY = marked("A part of the box does not answer: a call of this extension may be recorded and not be shown.")
_FIXED_BESIDE = marked("One call of this extension is always recorded and may not be paused. Another is paused.")
_UNSAFE_FIRST = ("on", "paused", "off")


def desk_document(now: CallsNow, extension: str) -> dict[str, Any]:
    """The JSON document of one ``calls`` event of a desk.

    ``state`` is the least safe of all its calls: one that is recorded beats one that is paused, and where a process
    does not answer, nothing is told to be safe. ``action`` is what its one button does, empty where it can do nothing.
    """
    calls = sorted((call for call in now.calls.values() if is_at(call, extension)), key=_safety)
    call = calls[0] if calls else None
    action = next(filter(None, map(_action, calls)), "")
    state = _state(now, call)
    told_pause = call if state == "paused" and call is not None else {}
    return {
        "connection": now.connection,
        "state": state,
        "heading": _(_WORDS[state][0]),
        "words": _words(now, state, calls),
        "action": action,
        "since_ms": None if call is None else call.get("connected_at_ms") or call.get("started_at_ms"),
        "paused_at_ms": told_pause.get("paused_at_ms"),
        "resumes_at_ms": told_pause.get("resumes_at_ms"),
    }


def away_words() -> dict[str, str]:
    """What the desk's page says by itself while it reaches nobody."""
    heading, words = _WORDS["away"]
    return {"heading": _(heading), "words": _(words)}


def _safety(call: Mapping[str, Any]) -> tuple[int, bool, float, bool]:
    """Least safe first; of such, one where something can be asked, the pause that ends first, the one talked in."""
    resumes = call.get("resumes_at_ms")
    ends = math.inf if resumes is None else float(resumes)
    return _UNSAFE_FIRST.index(recording_of(call)), not _action(call), ends, call.get("state") != "connected"


def _action(call: Mapping[str, Any]) -> str:
    actions = tuple(call.get("actions") or ())
    return next((each for each in ("resume", "pause") if each in actions), "")


def _state(now: CallsNow, call: Mapping[str, Any] | None) -> State:
    recording = "" if call is None else recording_of(call)
    if recording != "on" and now.connection != "live":
        # Whoever does not answer may have a call of this extension that is recorded, and nobody tells of it.
        return "away"
    if call is None:
        return "none"
    if recording == "paused":
        return "paused"
    if _action(call):
        return "on"
    return "fixed" if recording == "on" else "off"


def _words(now: CallsNow, state: State, calls: Sequence[Mapping[str, Any]]) -> str:
    if state == "away" and now.connection == "partly":
        return _(_PARTLY)
    paused = [call for call in calls if recording_of(call) == "paused"]
    words = _(_FIXED_BESIDE if state == "fixed" and paused else _WORDS[state][1])
    if any(call.get("reminder_unheard") for call in paused):
        words = _("%(words)s Still paused: this line sounds no reminder.") % {"words": words}
    return words
