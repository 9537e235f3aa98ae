"""Asking things of recordings from a page: by its script, or by plain forms where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import flash, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import ActionRefused, EarmarkError, NoSuchCall, ServiceAway

#: What can be asked, the words on its button, and what it does.
STEERING: Mapping[str, tuple[str, str]] = {
    "pause": ("Pause", "Keep nothing of what is said from now on"),
    "resume": ("Resume", "Record again from now on"),
    "start": ("Start recording", "Record from now on; the outside party is told"),
    "remind": ("Reminder", "Say to the outside party that the call is recorded"),
    "told": ("Told caller", "Note that you have told the outside party yourself"),
    "mark": ("Mark", "Note this moment, so that the place is found again"),
}

_DONE = {
    "pause": "The recording is paused.",
    "resume": "The recording goes on.",
    "start": "The call is recorded from now on.",
    "remind": "The reminder is being played.",
    "told": "It is noted that the outside party was told.",
    "mark": "The moment is noted with the call.",
}

_STATUS: tuple[tuple[type[EarmarkError], int], ...] = ((NoSuchCall, 404), (ActionRefused, 409), (ServiceAway, 503))


def answer_to(action: str, ask: Callable[[], None], back: str) -> ResponseReturnValue:
    """Do what was asked and say what became of it: as JSON to the page's script, else on the page ``back``."""
    by_script = request.accept_mimetypes.best == "application/json"
    try:
        ask()
    except (NoSuchCall, ActionRefused, ServiceAway) as refusal:
        if by_script:
            status = next(status for kind, status in _STATUS if isinstance(refusal, kind))
            return jsonify(said=str(refusal)), status
        flash(str(refusal), "alert")
    else:
        if by_script:
            return jsonify(said=_DONE[action])
        flash(_DONE[action], "note")
    return redirect(back, 303)
