"""The page on which a director connects programs: tokens and web hooks; and the description of the API for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import SettingsError
from firmware.core.program import PLAIN_SCOPES, extensions_of, pause_scope
from webui.access.gatekeeper import needs, signed_in, visitor
from webui.api.description import description
from webui.api.program_desk import ProgramDesk
from webui.error_words import in_words
from webui.translation import gettext as _


def program_views(desk: ProgramDesk, zone: ZoneInfo) -> Blueprint:
    views = Blueprint("programs", __name__)
    _add_programs(views, desk, zone)
    _add_hooks(views, desk)

    @views.get("/help/api")
    @signed_in
    def api_help() -> ResponseReturnValue:
        return render_template("api/help.html", api=description())

    return views


def _add_programs(views: Blueprint, desk: ProgramDesk, zone: ZoneInfo) -> None:
    @views.get("/programs")
    @needs(Action.CONNECT_PROGRAMS)
    def page() -> ResponseReturnValue:
        return _page(desk)

    @views.post("/programs")
    @needs(Action.CONNECT_PROGRAMS)
    def make() -> ResponseReturnValue:
        form = request.form
        try:
            ends_at_ms = _end_of(form.get("last_day", ""), zone)
            made = desk.make(visitor(), form.get("name", ""), _scopes(form.getlist("scope"), form), ends_at_ms)
        except SettingsError as mistake:
            return _page(desk, program_mistake=in_words(mistake), typed=form), 422
        return _page(desk, made=made)

    @views.post("/programs/<program_id>/revoke")
    @needs(Action.CONNECT_PROGRAMS)
    def revoke(program_id: str) -> ResponseReturnValue:
        revoked = desk.revoke(visitor(), program_id)
        flash(_("%(name)s can ask nothing any more.") % {"name": revoked["name"]}, "note")
        return redirect(url_for(".page"), 303)


def _add_hooks(views: Blueprint, desk: ProgramDesk) -> None:
    @views.post("/web-hooks")
    @needs(Action.CONNECT_PROGRAMS)
    def set_hook() -> ResponseReturnValue:
        form = request.form
        try:
            made = desk.set_hook(visitor(), form.get("name", ""), form.get("url", ""), form.get("numbers") == "yes")
        except SettingsError as mistake:
            return _page(desk, hook_mistake=in_words(mistake), typed=form), 422
        return _page(desk, hook_made=made)

    @views.post("/web-hooks/<hook_id>/remove")
    @needs(Action.CONNECT_PROGRAMS)
    def remove_hook(hook_id: str) -> ResponseReturnValue:
        removed = desk.remove_hook(visitor(), hook_id)
        flash(_("%(name)s is told nothing any more.") % {"name": removed["name"]}, "note")
        return redirect(url_for(".page"), 303)

    @views.post("/web-hooks/<hook_id>/try")
    @needs(Action.CONNECT_PROGRAMS)
    def try_hook(hook_id: str) -> ResponseReturnValue:
        why_not = desk.try_hook(hook_id)
        if why_not:
            flash(_("The trial message was not taken: %(why)s") % {"why": why_not}, "alert")
        else:
            flash(_("The trial message was taken."), "note")
        return redirect(url_for(".page", _anchor="web-hooks"), 303)


def _page(desk: ProgramDesk, **shown: Any) -> str:
    listed = desk.listed(visitor())
    for each in listed["programs"]:
        each["extensions"] = extensions_of(each["scopes"])
    return render_template("api/programs.html", listed=listed, plain_scopes=PLAIN_SCOPES, **shown)


def _scopes(ticked: list[str], form: Mapping[str, str]) -> list[str]:
    """What was ticked, and one for each extension that was typed, with commas or spaces between them."""
    extensions = re.split(r"[\s,;]+", form.get("extensions", "").strip())
    return [*(each for each in ticked if each in PLAIN_SCOPES), *(pause_scope(each) for each in extensions if each)]


def _end_of(last_day: str, zone: ZoneInfo) -> int:
    """When that day ends in the office, Unix ms; 0 where none is given. Raises SettingsError: it is no day."""
    if not last_day.strip():
        return 0
    try:
        day = date.fromisoformat(last_day.strip())
        return round(datetime.combine(day + timedelta(days=1), time(), zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise SettingsError(_("That is no day."), _("Give it as year-month-day.")) from None
