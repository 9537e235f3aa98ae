"""Asking things of recordings from a page: by its script, or by plain forms where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import flash, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import ActionRefused, EarmarkError, NoSuchCall, ServiceAway
from webui.error_words import in_words
from webui.translation import gettext as _
from webui.translation import marked

#: What can be asked, the words on its button, and what it does.
STEERING: Mapping[str, tuple[str, str]] = {
    "pause": (marked("Pause"), marked("Keep nothing of what is said from now on")),
    "resume": (marked("Resume"), marked("Record again from now on")),
    "start": (marked("Start recording"), marked("Record from now on; the outside party is told")),
    "remind": (marked("Reminder"), marked("Say to the outside party that the call is recorded")),
    "told": (marked("Told caller"), marked("Note that you have told the outside party yourself")),
    "mark": (marked("Mark"), marked("Note this moment, so that the place is found again")),
}

_DONE = {
    "pause": marked("The recording is paused."),
    "resume": marked("The recording goes on."),
    "start": marked("The call is recorded from now on."),
    "remind": marked("The reminder is being played."),
    "told": marked("It is noted that the outside party was told."),
    "mark": marked("The moment is noted with the call."),
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
            return jsonify(said=in_words(refusal)), status
        flash(in_words(refusal), "alert")
    else:
        if by_script:
            return jsonify(said=_(_DONE[action]))
        flash(_(_DONE[action]), "note")
    return redirect(back, 303)
