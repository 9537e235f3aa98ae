"""Signing in and out."""

from __future__ import annotations

import threading

from flask import Blueprint, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import SignInRefused
from webui.access.gatekeeper import Gatekeeper, public, safe_next, signed_in, visitor
from webui.access.opener import Opener
from webui.errors import TooBusy
from webui.recordings.listening_room import ListeningRoom

#: Pass phrases checked at once. Each costs the opener a second and 64 MB; more would only wait, and hold our threads.
MOST_AT_ONCE = 4


def access_views(opener: Opener, gatekeeper: Gatekeeper, room: ListeningRoom) -> Blueprint:
    """The pages with which people come and go."""
    views = Blueprint("access", __name__)
    turns = threading.BoundedSemaphore(MOST_AT_ONCE)

    @views.get("/sign-in")
    @public
    def sign_in() -> ResponseReturnValue:
        if gatekeeper.present() is not None:
            return redirect(url_for("home"), 303)
        return _form(next_page=request.args.get("next", ""))

    @views.post("/sign-in")
    @public
    def check() -> ResponseReturnValue:
        next_page, user = request.form.get("next", ""), request.form.get("user", "").strip()
        if not turns.acquire(blocking=False):
            raise TooBusy("Several people are signing in at this moment.", "Wait a few seconds and try again.")
        try:
            who = opener.sign_in(user, request.form.get("password", ""))
        except SignInRefused as refusal:
            return _form(next_page, user, str(refusal)), 401
        finally:
            turns.release()
        session.clear()  # a form token from before signing in is worth nothing after it
        answer = redirect(safe_next(next_page) or url_for("home"), 303)
        gatekeeper.welcome(answer, who)
        return answer

    @views.post("/sign-out")
    @signed_in
    def sign_out() -> ResponseReturnValue:
        room.leave(visitor().session)
        session.clear()
        answer = redirect(url_for("access.signed_out"), 303)
        gatekeeper.farewell(answer)
        opener.sign_out(visitor().token)
        return answer

    @views.get("/signed-out")
    @public
    def signed_out() -> ResponseReturnValue:
        return _form(notice="You have signed out.")

    return views


def _form(next_page: str = "", user: str = "", refusal: str = "", notice: str = "") -> str:
    return render_template("access/sign_in.html", next=next_page, user=user, refusal=refusal, notice=notice)
