"""The installer's pages on a box that is no office yet: network, lines, test calls, and the way around the box."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.errors import ActionRefused, MissingComponent, ServiceAway, SettingsError
from firmware.core.set_up_book import Said, SetUpBook
from webui.first_start.fitting import Fitting, lines_digest
from webui.form_answers import answered
from webui.guide.installers_steps import FittingFacts, InstallersStep, heard_calls, installers_part
from webui.guide.steps import Part
from webui.translation import gettext as _

_WORDS = {InstallersStep.TEST: Said.LINES_TRIED, InstallersStep.FALLBACK: Said.FALLBACK_TRIED}
_MISTAKES = (SettingsError, ActionRefused, ServiceAway, MissingComponent)


def installer_views(fitting: Fitting) -> Blueprint:
    views = Blueprint("installer", __name__, url_prefix="/set-up/installer")
    _add_pages(views, fitting)
    _add_trial(views, fitting)
    return views


def _add_pages(views: Blueprint, fitting: Fitting) -> None:
    @views.get("")
    def page() -> ResponseReturnValue:
        return render_template("first_start/installer.html", part=_part(fitting))

    @views.get("/<guide_step>")
    def step(guide_step: str) -> ResponseReturnValue:
        return _step_page(fitting, _named(guide_step))

    @views.post("/<guide_step>")
    def say(guide_step: str) -> ResponseReturnValue:
        which = _named(guide_step)
        if which not in _WORDS:
            abort(404)

        def task() -> str:
            about = lines_digest(fitting.ask_clerk("show")["document"])
            fitting.say(_WORDS[which].value, request.form.get("note", ""), about)
            return _("That is noted, and handed to the director.")

        following = _part(fitting).after(which)
        then = url_for(".step", guide_step=following.slug) if following else url_for(".page")
        return answered(task, lambda mistake: _step_page(fitting, which, mistake), then, _MISTAKES)


def _add_trial(views: Blueprint, fitting: Fitting) -> None:
    @views.post("/test/begin")
    def begin() -> ResponseReturnValue:
        def again(mistake: str) -> str:
            return _step_page(fitting, InstallersStep.TEST, mistake)

        def task() -> str:
            fitting.begin_trial()
            return _("The lines are on trial now. Give them a few seconds.")

        return answered(task, again, url_for(".step", guide_step="test"), _MISTAKES)

    @views.post("/test/end")
    def end() -> ResponseReturnValue:
        fitting.end_trial()
        return redirect(url_for(".step", guide_step="test"), 303)

    @views.get("/test/levels")
    def levels() -> ResponseReturnValue:
        """What the page's script puts in the place of what is shown."""
        return render_template("first_start/levels.html", **_levels(fitting))


def _step_page(fitting: Fitting, which: InstallersStep, mistake: str = "") -> str:
    part = _part(fitting)
    more: dict[str, Any] = {"found": fitting.found()}
    if which is InstallersStep.TEST:
        more |= _levels(fitting)
    if which in (InstallersStep.LINES, InstallersStep.TEST):
        more["lines"] = fitting.ask_clerk("show")["document"]["lines"]
    return render_template(
        f"first_start/step_{which}.html",
        step=part.step(which),
        part=part,
        number=list(InstallersStep).index(which) + 1,
        following=part.after(which),
        mistake=mistake,
        **more,
    )


def _levels(fitting: Fitting) -> dict[str, Any]:
    tried = fitting.tried()
    return {
        "runs": tried["runs"],
        "states": tried["lines"],
        "ears": tried["ears"],
        "calls": heard_calls(tried["calls"]),
        "ended": tried["ended"],
    }


def _part(fitting: Fitting) -> Part:
    document, found, book = fitting.ask_clerk("show")["document"], fitting.found(), fitting.book()
    return installers_part(
        FittingFacts(
            tuple(found["addresses"]),
            tuple(found["gateways"]),
            found["clock"],
            tuple(str(line["name"]) for line in document["lines"]),
            _said(book, Said.LINES_TRIED, lines_digest(document)),
            _said(book, Said.FALLBACK_TRIED, lines_digest(document)),
        )
    )


def _said(book: SetUpBook, what: Said, about: str) -> str:
    return book.words[what].note if book.holds(what, about) else ""


def _named(slug: str) -> InstallersStep:
    try:
        return InstallersStep(slug)
    except ValueError:
        abort(404)
