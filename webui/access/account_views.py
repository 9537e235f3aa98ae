"""One's own sign-in: pass phrase, second factors, and where else one is signed in."""

from __future__ import annotations

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Role
from webui.access.account_desk import AccountDesk
from webui.access.factor_views import FactorPages, WhenSignedIn
from webui.access.gatekeeper import Gatekeeper, signed_in, visitor
from webui.access.joining_views import typed_twice
from webui.access.passkey_form import MISTAKES
from webui.access.turns import Turns
from webui.error_words import in_words
from webui.translation import gettext as _

_ASKED_AGAIN = ("code-app", "passkey", "recovery-codes")


def account_views(desk: AccountDesk, gatekeeper: Gatekeeper, turns: Turns) -> Blueprint:
    """For everybody signed in, about themselves."""
    views = Blueprint("account", __name__, url_prefix="/account")

    @views.get("")
    @signed_in
    def page() -> ResponseReturnValue:
        account = desk.account(visitor().token)
        return render_template("access/account.html", account=account, role=Role(account["role"]))

    _add_pass_phrase(views, desk, turns)
    FactorPages(desk, WhenSignedIn(), turns).add_to(views)
    _add_removing(views, desk, turns)
    _add_sessions(views, desk, gatekeeper)
    return views


def _add_pass_phrase(views: Blueprint, desk: AccountDesk, turns: Turns) -> None:
    def form(mistake: str = "") -> str:
        return render_template("access/new_pass_phrase.html", words=desk.words(visitor().token), mistake=mistake)

    @views.get("/pass-phrase")
    @signed_in
    def pass_phrase() -> ResponseReturnValue:
        return form()

    @views.post("/pass-phrase")
    @signed_in
    def change_pass_phrase() -> ResponseReturnValue:
        try:
            with turns.one():
                desk.change_password(visitor().token, request.form.get("password", ""), typed_twice("new_password"))
        except MISTAKES as mistake:
            return form(in_words(mistake)), 422
        flash(_("Your pass phrase was changed. Wherever else you were signed in, you are signed out."), "note")
        return redirect(url_for(".page"), 303)


def _add_removing(views: Blueprint, desk: AccountDesk, turns: Turns) -> None:
    """What weakens a sign-in asks for the pass phrase again."""

    def ask(what: str, passkey_id: str = "", mistake: str = "") -> str:
        return render_template("access/again.html", what=what, passkey_id=passkey_id, mistake=mistake)

    @views.get("/again/<what>")
    @signed_in
    def again(what: str) -> ResponseReturnValue:
        if what not in _ASKED_AGAIN:
            abort(404)
        return ask(what, request.args.get("passkey", ""))

    @views.post("/code-app/remove")
    @signed_in
    def remove_code_app() -> ResponseReturnValue:
        try:
            with turns.one():
                desk.remove_codes(visitor().token, request.form.get("password", ""))
        except MISTAKES as mistake:
            return ask("code-app", mistake=in_words(mistake)), 422
        flash(_("Codes of that app are no longer taken."), "note")
        return redirect(url_for(".page"), 303)

    @views.post("/passkeys/<passkey_id>/remove")
    @signed_in
    def remove_passkey(passkey_id: str) -> ResponseReturnValue:
        try:
            with turns.one():
                desk.remove_passkey(visitor().token, passkey_id, request.form.get("password", ""))
        except MISTAKES as mistake:
            return ask("passkey", passkey_id, in_words(mistake)), 422
        flash(_("That passkey is no longer taken. Delete it on the device as well."), "note")
        return redirect(url_for(".page"), 303)

    @views.post("/recovery-codes")
    @signed_in
    def recovery_codes() -> ResponseReturnValue:
        try:
            with turns.one():
                codes = desk.new_recovery_codes(visitor().token, request.form.get("password", ""))
        except MISTAKES as mistake:
            return ask("recovery-codes", mistake=in_words(mistake)), 422
        did = _("The older recovery codes are worth nothing from now on.")
        return render_template("access/recovery_codes.html", codes=codes, where_to=url_for(".page"), did=did)


def _add_sessions(views: Blueprint, desk: AccountDesk, gatekeeper: Gatekeeper) -> None:
    @views.post("/sign-out-everywhere")
    @signed_in
    def sign_out_everywhere() -> ResponseReturnValue:
        who = visitor()
        desk.sign_out_everywhere(who.token)
        gatekeeper.forget_session(who)
        answer = redirect(url_for("access.sign_in", ended="everywhere"), 303)
        gatekeeper.farewell(answer)
        return answer

    @views.post("/sessions/<session_id>/end")
    @signed_in
    def end_session(session_id: str) -> ResponseReturnValue:
        desk.end_session(visitor().token, session_id)
        flash(_("That sign-in has ended."), "note")
        return redirect(url_for(".page"), 303)
