"""A paired desk's page with its one button, and the page on which desks are paired and revoked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import NoSuchDesk, SettingsError, SignInRefused
from webui.access.gatekeeper import at_desk, needs, paired_desk, public, visitor
from webui.desk.desk_door import DeskDoor
from webui.desk.desk_view import away_words, desk_document
from webui.error_words import in_words
from webui.live_calls.call_feed import CallFeed
from webui.live_calls.lines import Lines
from webui.live_calls.steering import answer_to
from webui.live_calls.stream import NewsStream, Pace
from webui.translation import gettext as _

#: A revoked desk's page says so in a second or two; what it asks is refused at once.
PACE = Pace(check_s=1.0)
_ACTIONS = ("pause", "resume")


def desk_views(feed: CallFeed, lines: Lines, door: DeskDoor) -> Blueprint:
    """What a desk's browser may ask: all that its token opens is marked ``at_desk``."""
    views = Blueprint("desk", __name__)

    @views.get("/desk")
    @public  # a browser that is not paired is asked for a code
    def page() -> ResponseReturnValue:
        desk = door.present()
        if desk is not None:
            now = desk_document(lines.calls_now(), desk.extension)
            answer = Response(render_template("desk/desk.html", desk=desk, now=now, away=away_words()))
            door.welcome(answer, desk)
            return answer
        if door.knocks:
            ended = redirect(url_for(".page", ended="yes"), 303)
            door.farewell(ended)
            return ended
        return _code_form(request.args.get("code", ""), ended=request.args.get("ended") == "yes")

    @views.post("/desk")
    @public
    def pair() -> ResponseReturnValue:
        code = request.form.get("code", "")
        try:
            desk = door.pair(code)
        except (NoSuchDesk, SignInRefused) as refusal:
            return _code_form(code, in_words(refusal)), 401
        answer = redirect(url_for(".page"), 303)
        door.welcome(answer, desk)
        return answer

    @views.post("/desk/<action>")
    @at_desk
    def ask(action: str) -> ResponseReturnValue:
        if action not in _ACTIONS:
            abort(404)
        desk = paired_desk()
        asked = {"how": "desk", "who": desk.name}
        return answer_to(action, lambda: lines.ask_extension(feed.now, desk.extension, action, asked), url_for(".page"))

    @views.get("/desk/events")
    @at_desk
    def events() -> ResponseReturnValue:
        desk = paired_desk()
        news = NewsStream(
            feed.open_page(at_desk=True),
            lambda now: desk_document(now, desk.extension),
            may_look=lambda: door.stands(desk),
            farewell="revoked",
            pace=PACE,
        )
        answer = news.response()
        door.welcome(answer, desk)
        return answer

    return views


def desk_pairing_views(door: DeskDoor) -> Blueprint:
    """Where desks are paired and revoked, for those with the right."""
    views = Blueprint("desks", __name__)

    @views.get("/desks")
    @needs(Action.PAIR_DESKS)
    def page() -> ResponseReturnValue:
        return _desks_page(door)

    @views.post("/desks")
    @needs(Action.PAIR_DESKS)
    def offer() -> ResponseReturnValue:
        name, extension = request.form.get("name", ""), request.form.get("extension", "")
        try:
            made = door.offer(visitor(), name, extension)
        except SettingsError as mistake:
            return _desks_page(door, mistake=in_words(mistake), name=name, extension=extension), 422
        return _desks_page(door, made=made)

    @views.post("/desks/<desk_id>/revoke")
    @needs(Action.PAIR_DESKS)
    def revoke(desk_id: str) -> ResponseReturnValue:
        desk = door.revoke(visitor(), desk_id)
        flash(
            _("%(name)s can no longer pause extension %(extension)s.")
            % {"name": desk["name"], "extension": desk["extension"]},
            "note",
        )
        return redirect(url_for(".page"), 303)

    return views


def _desks_page(door: DeskDoor, **shown: Any) -> str:
    return render_template("desk/desks.html", listed=door.listed(visitor()), **shown)


def _code_form(code: str = "", refusal: str = "", ended: bool = False) -> str:
    return render_template("desk/code.html", code=code, refusal=refusal, ended=ended)
