"""The calls in progress: the page, its news, and what can be asked of each call's recording."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from webui.access.gatekeeper import Gatekeeper, allowed, background, needs, safe_next, visitor
from webui.access.opener import Visitor
from webui.live_calls.call_feed import CallFeed
from webui.live_calls.call_view import Sight, calls_document
from webui.live_calls.lines import Lines
from webui.live_calls.steering import STEERING, answer_to
from webui.live_calls.stream import NewsStream, Pace
from webui.translation import gettext as _

PACE = Pace()


def live_call_views(feed: CallFeed, lines: Lines, gatekeeper: Gatekeeper, zone: ZoneInfo) -> Blueprint:
    """The page and the stream. Without the right to see calls the parties stay hidden; that calls go on does not."""
    views = Blueprint("live_calls", __name__)

    def sight_of(who: Visitor) -> Sight:
        return Sight(allowed(who, Action.SEE_CALLS), allowed(who, Action.STEER_RECORDING), zone)

    @views.app_context_processor
    def for_templates() -> dict[str, Any]:
        def calls_in_progress() -> dict[str, Any]:
            return calls_document(lines.calls_now(), sight_of(visitor()))

        return {
            "calls_in_progress": calls_in_progress,
            "steering": {action: tuple(map(_, words)) for action, words in STEERING.items()},
        }

    @views.get("/in-progress")
    @needs(Action.SEE_HEALTH)
    def page() -> ResponseReturnValue:
        return render_template("live_calls/page.html", sees_parties=allowed(visitor(), Action.SEE_CALLS))

    @views.get("/in-progress/events")
    @needs(Action.SEE_HEALTH)
    @background
    def events() -> ResponseReturnValue:
        who, sight = visitor(), sight_of(visitor())
        news = NewsStream(
            feed.open_page(),
            lambda now: calls_document(now, sight),
            may_look=lambda: gatekeeper.still_there(who),
            farewell="signed-out",
            pace=PACE,
        )
        return news.response()

    @views.post("/in-progress/<call_id>/<action>")
    @needs(Action.STEER_RECORDING)
    def ask(call_id: str, action: str) -> ResponseReturnValue:
        if action not in STEERING:
            abort(404)
        asked = {"how": "page", "who": visitor().user}
        back = safe_next(request.form.get("next", "")) or url_for(".page")
        return answer_to(action, lambda: lines.ask_call(feed.now, call_id, action, asked), back)

    return views
