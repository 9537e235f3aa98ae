"""Signing in, step by step, and out."""

from __future__ import annotations

from flask import Blueprint, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import SettingsError, SignInRefused
from firmware.core.sign_in_stage import Stage
from webui.access import passkey_form
from webui.access.gatekeeper import Gatekeeper, public
from webui.access.half_way import HalfWay
from webui.access.reception import Reception, Step
from webui.access.turns import Turns
from webui.error_words import in_words
from webui.translation import gettext as _
from webui.translation import marked

_LEFT_ALONE = marked(
    "You have signed out of this browser. The opener did not answer: if it is still running, your session ends there "
    "by itself after some minutes."
)
_ENDED = {
    "idle": marked(
        "Your sign-in has ended: nothing was done for a while, or it was ended elsewhere. Sign in to go on."
    ),
    "step": marked("That took too long, or was begun anew elsewhere. Sign in again."),
    "waiting": marked("Sign in again: if you have been confirmed by now, you come straight in."),
    "everywhere": marked("You are signed out everywhere. Sign in again here if you wish."),
}


def access_views(reception: Reception, gatekeeper: Gatekeeper, half_way: HalfWay, turns: Turns) -> Blueprint:
    """The pages with which people come and go."""
    views = Blueprint("access", __name__)
    _add_sign_in(views, reception, gatekeeper, half_way, turns)
    _add_second_factor(views, reception, half_way, turns)
    _add_waiting(views, half_way)
    _add_sign_out(views, gatekeeper, half_way)
    return views


def _add_sign_in(
    views: Blueprint, reception: Reception, gatekeeper: Gatekeeper, half_way: HalfWay, turns: Turns
) -> None:
    @views.get("/sign-in")
    @public
    def sign_in() -> ResponseReturnValue:
        if gatekeeper.present() is not None:
            return redirect(url_for("home"), 303)
        ended = request.args.get("ended", "")
        notice = _(_ENDED[ended]) if ended in _ENDED else ""
        return _form(next_page=request.args.get("next", ""), notice=notice)

    @views.post("/sign-in")
    @public
    def check() -> ResponseReturnValue:
        next_page, user = request.form.get("next", ""), request.form.get("user", "").strip()
        voucher = request.form.get("voucher", "").strip()
        with turns.one():
            try:
                step = reception.sign_in(user, request.form.get("password", ""), voucher)
            except SignInRefused as refusal:
                return _form(next_page, user, in_words(refusal), vouched=bool(voucher)), 401
        return half_way.begin(step, next_page)


def _add_second_factor(views: Blueprint, reception: Reception, half_way: HalfWay, turns: Turns) -> None:
    @views.get("/sign-in/second-factor")
    @public
    def second_factor() -> ResponseReturnValue:
        step = half_way.step(Stage.SECOND_FACTOR)
        return _second_factor_form(step) if step else half_way.start_again("step")

    @views.post("/sign-in/second-factor")
    @public
    def prove() -> ResponseReturnValue:
        try:
            proof = _proof()
            with turns.one():
                return half_way.lead_on(reception.second_factor(half_way.token, proof))
        except (SignInRefused, SettingsError) as refusal:
            step = half_way.step(Stage.SECOND_FACTOR)
            return (_second_factor_form(step, in_words(refusal)), 401) if step else half_way.start_again("step")

    @views.post("/sign-in/second-factor/passkey")
    @public
    def passkey_options() -> ResponseReturnValue:
        host, origin = passkey_form.page_host(), passkey_form.page_origin()
        return passkey_form.options_answer(lambda: reception.passkey_options(half_way.token, host, origin))


def _add_waiting(views: Blueprint, half_way: HalfWay) -> None:
    @views.get("/sign-in/waiting")
    @public
    def waiting() -> ResponseReturnValue:
        step = half_way.step(Stage.WAITING)
        return render_template("access/waiting.html", step=step) if step else half_way.start_again("waiting")


def _add_sign_out(views: Blueprint, gatekeeper: Gatekeeper, half_way: HalfWay) -> None:
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
        half_way.forget(answer)
        return answer

    @views.get("/signed-out")
    @public
    def signed_out() -> ResponseReturnValue:
        return _form(notice=_(_LEFT_ALONE) if request.args.get("opener") == "away" else _("You have signed out."))


def _form(next_page: str = "", user: str = "", refusal: str = "", notice: str = "", vouched: bool = False) -> str:
    return render_template(
        "access/sign_in.html", next=next_page, user=user, refusal=refusal, notice=notice, vouched=vouched
    )


def _second_factor_form(step: Step, refusal: str = "") -> str:
    return render_template("access/second_factor.html", step=step, refusal=refusal)


def _proof() -> dict[str, object]:
    """What was given in the form, as the opener takes it."""
    form = request.form
    if form.get("credential"):
        return {"credential": passkey_form.credential(), "origin": passkey_form.page_origin()}
    if form.get("recovery_code", "").strip():
        return {"recovery_code": form["recovery_code"].strip()}
    code = form.get("code", "").strip()
    if not code:
        raise SettingsError(_("No code was typed."), _("Type the six digits that your app shows."))
    return {"code": code}
