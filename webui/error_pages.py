"""What a person sees when something went wrong: what happened, to what, what to do. Never a trace, never a secret."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from firmware.core.errors import EarmarkError
from webui.api.answers import PREFIX, problem
from webui.error_words import words_of
from webui.translation import gettext as _

log = logging.getLogger("web.errors")


def _of_http(status: int) -> tuple[str, str, str]:
    """Heading, what happened, what to do."""
    again = _("Go back and try again.")
    words = {
        400: (_("That request was not understood"), _("The browser sent what the box cannot read."), again),
        404: (
            _("There is no such page"),
            _("Nothing is at this address."),
            _("The address may be mistyped, or the recording may have been erased."),
        ),
        405: (
            _("That cannot be done that way"),
            _("The address is for a button, not to be opened."),
            _("Go back and use the buttons on the page."),
        ),
        413: (
            _("That is too much"),
            _("What was sent is larger than the box takes."),
            _("Shorten the text, or send a smaller file, and try again."),
        ),
        415: (_("That is of another form"), _("What was sent is not of the form that is taken here."), again),
        416: (_("The recording has no such part"), _("It is shorter than that."), _("Load the page again.")),
    }
    return words.get(status, (_("That did not work"), _("The box did not do what was asked."), again))


def explain_errors(app: Flask) -> None:
    """Give every error a page."""

    @app.errorhandler(CSRFError)
    def form_too_old(error: CSRFError) -> ResponseReturnValue:
        what = _("This page was open for so long, or the box was restarted since, that its form is no longer good.")
        remedy = _("Go back to the start and do it again. Nothing was changed.")
        return _page(400, _("Please try again"), what, remedy)

    @app.errorhandler(EarmarkError)
    def known_trouble(error: EarmarkError) -> ResponseReturnValue:
        words = words_of(error)
        if words.status >= 500:
            log.error("%s: %s", request.endpoint, type(error).__name__)
        answer, status = _page(words.status, words.heading, words.what, words.remedy)
        if status in (429, 503):
            answer.headers["Retry-After"] = "5"
        return answer, status

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        heading, what, remedy = _of_http(status)
        if error.description and error.description != type(error).description:
            what = error.description  # our own words
        answer, status = _page(status, heading, what, remedy)
        for name, value in error.get_headers():
            if name in ("Allow", "Content-Range", "Retry-After"):
                answer.headers[name] = value
        return answer, status

    @app.errorhandler(Exception)
    def unknown_trouble(error: Exception) -> ResponseReturnValue:
        log.exception("%s failed", request.endpoint)
        g.pop("visitor", None)  # what every page says of a visitor may be what failed
        what = _("The box made a mistake. It has been noted in the log, with the time.")
        remedy = _("Try again. If it happens again, tell whoever looks after the box what you did, and when.")
        return _page(500, _("Something went wrong in the box"), what, remedy)


def _page(status: int, heading: str, what: str, remedy: str) -> tuple[Response, int]:
    """For people; to programs, the same as they read it."""
    if request.path.startswith(PREFIX):
        return problem(status, heading, what, remedy), status
    page = render_template("error.html", heading=heading, what=what, remedy=remedy)
    return Response(page, mimetype="text/html"), status
