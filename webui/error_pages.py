"""What a person sees when something went wrong: what happened, to what, what to do. Never a trace, never a secret."""

from __future__ import annotations

import logging

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, NotFound

from firmware.core import errors
from firmware.core.errors import EarmarkError

log = logging.getLogger("web.errors")


_PAGES: tuple[tuple[type[EarmarkError], int, str], ...] = (
    (errors.SignInRefused, 401, "Please sign in again"),
    (errors.NotAllowed, 403, "Not allowed"),
    (errors.NoSuchRecording, 404, "No such recording"),
    (errors.NoSuchCall, 404, "The call has ended"),
    (errors.NoSuchDesk, 404, "No such desk"),
    (errors.NoSuchPerson, 404, "No such person"),
    (errors.ActionRefused, 409, "That may not be done now"),
    (errors.SettingsError, 422, "That cannot be right"),
    (errors.KeyErased, 410, "This recording was erased"),
    (errors.TooBusy, 429, "Too much at once"),
    (errors.ServiceAway, 503, "Part of the box does not answer"),
    (errors.DamagedRecording, 500, "This recording is damaged"),
    (errors.DamagedCatalogue, 500, "The list of calls cannot be read"),
    (errors.StorageError, 503, "The disk cannot be read"),
    (EarmarkError, 500, "That did not work"),
)

_HTTP_PAGES = {
    400: ("That request was not understood", "Go back and try again."),
    404: ("There is no such page", "The address may be mistyped, or the recording may have been erased."),
    405: ("That cannot be done that way", "Go back and use the buttons on the page."),
    413: ("That is too much", "Shorten the text, or send a smaller file, and try again."),
    416: ("The recording has no such part", "Load the page again."),
}


def explain_errors(app: Flask) -> None:
    """Give every error a page."""

    @app.errorhandler(CSRFError)
    def form_too_old(error: CSRFError) -> ResponseReturnValue:
        what = "This page was open for so long, or the box was restarted since, that its form is no longer good."
        return _page(400, "Please try again", what, "Go back to the start and do it again. Nothing was changed.")

    @app.errorhandler(EarmarkError)
    def known_trouble(error: EarmarkError) -> ResponseReturnValue:
        status, heading = next((status, heading) for kind, status, heading in _PAGES if isinstance(error, kind))
        if status >= 500:
            log.error("%s: %s", request.endpoint, type(error).__name__)
        answer, status = _page(status, heading, error.what, error.remedy)
        if status in (429, 503):
            answer.headers["Retry-After"] = "5"
        return answer, status

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        heading, remedy = _HTTP_PAGES.get(status, ("That did not work", "Go back and try again."))
        what = "Nothing is at this address." if isinstance(error, NotFound) else error.description or ""
        answer, status = _page(status, heading, what, remedy)
        for name, value in error.get_headers():
            if name in ("Allow", "Content-Range", "Retry-After"):
                answer.headers[name] = value
        return answer, status

    @app.errorhandler(Exception)
    def unknown_trouble(error: Exception) -> ResponseReturnValue:
        log.exception("%s failed", request.endpoint)
        return _page(500, "Something went wrong in the box", "It has been noted in the log.", "Try again.")


def _page(status: int, heading: str, what: str, remedy: str) -> tuple[Response, int]:
    page = render_template("error.html", heading=heading, what=what, remedy=remedy)
    return Response(page, mimetype="text/html"), status
