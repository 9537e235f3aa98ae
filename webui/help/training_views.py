"""The training: three pages that everybody reads once a year, and says so, on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.compliance.training import Lesson, lessons_left
from firmware.core.errors import SettingsError
from webui.access.gatekeeper import signed_in, visitor
from webui.compliance.duty_desk import DutyDesk
from webui.form_answers import answered
from webui.help.views import written
from webui.translation import gettext as _


def training_views(desk: DutyDesk) -> Blueprint:
    """For everybody signed in, each about themselves."""
    views = Blueprint("training", __name__, url_prefix="/training")

    @views.get("")
    @signed_in
    def page() -> ResponseReturnValue:
        read = desk.own_lessons(visitor())
        left = lessons_left(read, _today(desk))
        return render_template("help/training.html", titles=_titles(), read=read, left=left)

    @views.get("/<lesson>")
    @signed_in
    def lesson(lesson: str) -> ResponseReturnValue:
        return _shown(desk, _lesson(lesson))

    @views.post("/<lesson>")
    @signed_in
    def read(lesson: str) -> ResponseReturnValue:
        which = _lesson(lesson)

        def task() -> str:
            if request.form.get("read") != "yes":
                raise SettingsError(_("Tick the box once you have read it."))
            desk.read(visitor(), which)
            return _("Thank you: that you have read “%(title)s” is on record.") % {"title": _titles()[which]}

        def again(mistake: str) -> str:
            return _shown(desk, which, mistake)

        return answered(task, again, url_for(".page"), (SettingsError,))

    return views


def _shown(desk: DutyDesk, lesson: Lesson, mistake: str = "") -> str:
    read = desk.own_lessons(visitor())
    return render_template(
        "help/lesson.html",
        lesson=lesson,
        title=_titles()[lesson],
        text=written("lessons", lesson.value, desk.office()),
        read_on=read.get(lesson),
        fresh=lesson not in lessons_left(read, _today(desk)),
        mistake=mistake,
    )


def _titles() -> Mapping[Lesson, str]:
    return {
        Lesson.PAUSING: _("Pausing for card details"),
        Lesson.TELLING: _("Telling callers"),
        Lesson.CARE: _("Care with recordings"),
    }


def _lesson(name: str) -> Lesson:
    try:
        return Lesson(name)
    except ValueError:
        abort(404)


def _today(desk: DutyDesk) -> date:
    return datetime.now(desk.zone).date()
