"""Recording a breach of people's data, deciding whom to tell within its 72 hours, and closing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.control.client import RequestRefused
from firmware.core.access_policy import Action
from firmware.core.compliance.breach import TOLD
from firmware.core.errors import ActionRefused, SettingsError
from webui.access.gatekeeper import needs, visitor
from webui.compliance.duty_desk import DutyDesk, NewBreach
from webui.error_words import in_words
from webui.form_answers import answered
from webui.translation import gettext as _

_MISTAKES = (SettingsError, ActionRefused)


def add_breaches(views: Blueprint, desk: DutyDesk) -> None:
    """For those who record them; others see on the first page how many there are, and their clocks."""

    @views.get("/breaches/new")
    @needs(Action.RECORD_BREACHES)
    def new_breach() -> ResponseReturnValue:
        return _form(desk)

    @views.post("/breaches/new")
    @needs(Action.RECORD_BREACHES)
    def record_breach() -> ResponseReturnValue:
        form = request.form
        try:
            aware = typed_moment(desk, form.get("aware_at", ""))
            new = NewBreach(aware, *(form.get(name, "") for name in ("what", "whose", "effects")))
            made = desk.record_breach(visitor(), new)
        except (*_MISTAKES, RequestRefused) as mistake:
            return _form(desk, in_words(mistake), form), 422
        flash(_("It is recorded. Decide next whom to tell."), "note")
        return redirect(url_for(".breach", breach_id=made), 303)

    @views.get("/breaches/<breach_id>")
    @needs(Action.RECORD_BREACHES)
    def breach(breach_id: str) -> ResponseReturnValue:
        return _one(desk, breach_id)

    @views.post("/breaches/<breach_id>/answer")
    @needs(Action.RECORD_BREACHES)
    def answer_breach(breach_id: str) -> ResponseReturnValue:
        def task() -> str:
            form = request.form
            whom, needed = form.get("whom", ""), form.get("needed", "") == "yes"
            if whom not in TOLD:
                raise SettingsError(_("Choose who was told."))
            told_at = typed_moment(desk, form.get("told_at", "")) if needed else None
            desk.answer_breach(visitor(), breach_id, whom, told_at, form.get("because", ""), form.get("seen", ""))
            return _("That is written down.")

        return _done(desk, breach_id, task)

    @views.post("/breaches/<breach_id>/close")
    @needs(Action.RECORD_BREACHES)
    def close_breach(breach_id: str) -> ResponseReturnValue:
        def task() -> str:
            desk.close_breach(visitor(), breach_id, request.form.get("measures", ""), request.form.get("seen", ""))
            return _("The breach is closed.")

        return _done(desk, breach_id, task)


def typed_moment(desk: DutyDesk, typed: str) -> datetime:
    """By the office's clock, as a browser's field of day and time sends it. Raises SettingsError."""
    try:
        return datetime.strptime(typed[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=desk.zone)
    except ValueError:
        raise SettingsError(_("Give a day and a time, such as 2027-03-31 14:05.")) from None


def _done(desk: DutyDesk, breach_id: str, task: Callable[[], str]) -> ResponseReturnValue:
    def again(mistake: str) -> str:
        return _one(desk, breach_id, mistake, request.form)

    return answered(task, again, url_for(".breach", breach_id=breach_id), _MISTAKES)


def _form(desk: DutyDesk, mistake: str = "", typed: Mapping[str, str] | None = None) -> str:
    return render_template("compliance/new_breach.html", mistake=mistake, typed=typed or {}, latest=_now(desk))


def _one(desk: DutyDesk, breach_id: str, mistake: str = "", typed: Mapping[str, str] | None = None) -> str:
    facts = desk.said(visitor())
    found = next((each for each in facts.breaches if each.breach_id == breach_id), None)
    if found is None:
        abort(404)
    shown = {"breach": found, "facts": facts, "mistake": mistake, "typed": typed or {}, "latest": _now(desk)}
    return render_template("compliance/breach.html", **shown)


def _now(desk: DutyDesk) -> str:
    return datetime.now(desk.zone).strftime("%Y-%m-%dT%H:%M")
