"""One's own calls: those of the extension that is set for the person, since it is theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from firmware.adapters.catalogue.reader import RecordingQuery, RecordingRow
from firmware.core.access_policy import Action
from webui.access.gatekeeper import allowed, needs, visitor
from webui.access.opener import Visitor
from webui.recordings.catalogue import Catalogue
from webui.recordings.days import by_day

PAGE_LENGTH = 50


def own_call_views(catalogue: Catalogue, zone: ZoneInfo) -> Blueprint:
    """The list alone: a call's own page is for who may open it."""
    views = Blueprint("own_calls", __name__)

    @views.get("/my-calls")
    @needs(Action.SEE_OWN_CALLS)
    def page() -> ResponseReturnValue:
        who = visitor()
        before = request.args.get("before", "")
        rows = _rows(catalogue, who, before)
        further = len(rows) > PAGE_LENGTH
        return render_template(
            "own_calls/list.html",
            extension=who.extension,
            may_ask=allowed(who, Action.REQUEST_ACCESS),
            days=by_day(rows[:PAGE_LENGTH], zone),
            before=before,
            earlier=rows[PAGE_LENGTH - 1].cursor if further else None,
        )

    return views


def _rows(catalogue: Catalogue, who: Visitor, before: str) -> list[RecordingRow]:
    """Somebody without an extension has no calls; one who got it yesterday does not see who had it before."""
    if not who.extension:
        return []
    since = datetime.fromtimestamp(who.extension_since_ms / 1000, UTC)
    query = RecordingQuery(limit=PAGE_LENGTH + 1, before=before or None, extension=who.extension, started_from=since)
    return catalogue.recordings(query)
