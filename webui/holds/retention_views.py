"""Choosing what a full disk means, and confirming a shorter period: on the page about keeping, by those who may."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import SettingsError
from webui.access.gatekeeper import needs, visitor
from webui.error_words import in_words
from webui.holds.keeping_desk import MISTAKES
from webui.holds.retention_desk import RetentionDesk
from webui.translation import gettext as _


def add_retention(views: Blueprint, desk: RetentionDesk) -> None:
    """Both forms say what was wrong on the page they stand on."""

    @views.post("/holds/when-full")
    @needs(Action.CHOOSE_WHEN_FULL)
    def when_full() -> ResponseReturnValue:
        form = request.form
        try:
            desk.choose(visitor(), form.get("when_full", ""), form.getlist("shorten"), form.get("because", ""))
        except MISTAKES as mistake:
            return _back(in_words(mistake), "alert")
        return _back(_("That is chosen, and in the evidence."))

    @views.post("/holds/shorter-class")
    @needs(Action.CHANGE_RETENTION)
    def shorter_class() -> ResponseReturnValue:
        form = request.form
        try:
            erases, sooner = _number(form.get("erases", "")), _number(form.get("sooner", ""))
            desk.confirm(visitor(), form.get("class", ""), erases, sooner, form.get("because", ""))
        except MISTAKES as mistake:
            return _back(in_words(mistake), "alert")
        return _back(_("Confirmed. The new dates count within a minute."))

    def _back(words: str, category: str = "note") -> ResponseReturnValue:
        flash(words, category)
        return redirect(url_for(".page"), 303)


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit()):
        raise SettingsError(_("Type the numbers as they are shown."), _("Nothing was changed."))
    return int(typed[:12])
