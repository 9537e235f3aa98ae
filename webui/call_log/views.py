"""The PBX's call log beside the recordings: what was missed, what is left over on either side; and trying formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.control.client import RequestRefused
from firmware.config.log_formats import shipped_formats, shipped_text
from firmware.core.access_policy import Action
from firmware.core.errors import ActionRefused, SettingsError
from webui.access.gatekeeper import allowed, needs, visitor
from webui.call_log.call_log_desk import CallLogDesk
from webui.call_log.trying import OWN, Tried, chosen_format, for_settings, try_lines
from webui.error_words import in_words, lines_of
from webui.recordings.catalogue import Catalogue
from webui.translation import gettext as _

_LOOKED_BACK = timedelta(days=30)


def call_log_views(desk: CallLogDesk, catalogue: Catalogue, zone: ZoneInfo) -> Blueprint:
    """The pages."""
    views = Blueprint("call_log", __name__)

    @views.get("/call-log")
    @needs(Action.SEE_CALL_LOG)
    def page() -> ResponseReturnValue:
        return _page(desk, catalogue)

    @views.post("/call-log/<row_id>/explain")
    @needs(Action.EXPLAIN_MISSED)
    def explain(row_id: str) -> ResponseReturnValue:
        try:
            desk.explain(visitor(), row_id, request.form.get("because", ""))
        except (SettingsError, ActionRefused, RequestRefused) as mistake:
            return _page(desk, catalogue, in_words(mistake)), 400
        flash(_("It is explained, and the alarm for it is over."), "done")
        return redirect(url_for("call_log.page"), 303)

    _add_trying(views, zone)
    return views


def _page(desk: CallLogDesk, catalogue: Catalogue, mistake: str = "") -> str:
    who = visitor()
    since_ms = round((datetime.now(UTC) - _LOOKED_BACK).timestamp() * 1000)
    alone = [catalogue.recording(each) for each in desk.recordings_without(since_ms)]
    return render_template(
        "call_log/list.html",
        is_empty=desk.is_empty(),
        missed=desk.missed(explained=False),
        explained=desk.missed(explained=True),
        waiting=desk.waiting(),
        matched=desk.matched(),
        alone=[each for each in alone if each is not None],
        may_explain=allowed(who, Action.EXPLAIN_MISSED),
        may_try=allowed(who, Action.TEST_LINES),
        mistake=mistake,
    )


def _add_trying(views: Blueprint, zone: ZoneInfo) -> None:
    @views.get("/call-log/try")
    @needs(Action.TEST_LINES)
    def try_form() -> ResponseReturnValue:
        return _trying(None)

    @views.post("/call-log/try")
    @needs(Action.TEST_LINES)
    def try_it() -> ResponseReturnValue:
        """A POST, so that what is pasted stands in no address and no log."""
        named, description = request.form.get("format", ""), request.form.get("description", "")
        if "begin" in request.form:
            known = named in shipped_formats()
            return _trying(None, description=shipped_text(named) if known else description, named=OWN)
        try:
            form = chosen_format(named, description)
        except SettingsError as mistake:
            return _trying(None, mistake=" ".join(lines_of(mistake))), 400
        return _trying(try_lines(request.form.get("lines", ""), form, datetime.now(UTC), zone))


def _trying(tried: Tried | None, mistake: str = "", description: str | None = None, named: str | None = None) -> str:
    typed = request.form
    return render_template(
        "call_log/try.html",
        formats=shipped_formats(),
        own=OWN,
        tried=tried,
        mistake=mistake,
        chosen=named if named is not None else typed.get("format", ""),
        description=description if description is not None else typed.get("description", ""),
        lines=typed.get("lines", ""),
        for_settings=for_settings(typed["description"]) if tried and typed.get("format") == OWN else "",
        sees_log=allowed(visitor(), Action.SEE_CALL_LOG),
    )
