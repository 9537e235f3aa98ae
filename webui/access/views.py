"""Signing in and out."""

from __future__ import annotations

import threading

from flask import Blueprint, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import SignInRefused
from webui.access.gatekeeper import Gatekeeper, public, safe_next
from webui.access.opener import Opener
from webui.errors import TooBusy

#: Pass phrases checked at once. Each costs the opener a second and 64 MB; more would only wait, and hold our threads.
MOST_AT_ONCE = 4

_LEFT_ALONE = (
    "You have signed out of this browser. The opener did not answer: if it is still running, your session ends there "
    "by itself after some minutes."
)


def access_views(opener: Opener, gatekeeper: Gatekeeper) -> Blueprint:
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
    @public  # the opener need not answer for somebody to leave
    def sign_out() -> ResponseReturnValue:
        session.clear()
        try:
            opener_knows = gatekeeper.end_session()
        except SignInRefused:
            return redirect(url_for("access.sign_in"), 303)
        answer = redirect(url_for("access.signed_out", opener=None if opener_knows else "away"), 303)
        gatekeeper.farewell(answer)
        return answer

    @views.get("/signed-out")
    @public
    def signed_out() -> ResponseReturnValue:
        return _form(notice=_LEFT_ALONE if request.args.get("opener") == "away" else "You have signed out.")

    return views


def _form(next_page: str = "", user: str = "", refusal: str = "", notice: str = "") -> str:
    return render_template("access/sign_in.html", next=next_page, user=user, refusal=refusal, notice=notice)
