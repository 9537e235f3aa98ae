"""Joining by an invitation, and coming back after a forgotten pass phrase."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Role
from firmware.core.errors import EarmarkError, NoSuchPerson, SettingsError, SignInRefused
from webui.access.gatekeeper import public
from webui.access.reception import Reception
from webui.access.turns import Turns
from webui.error_words import in_words
from webui.translation import gettext as _


@dataclass(frozen=True)
class Invited:
    """Somebody whose name and code are those of an invitation."""

    name: str
    code: str
    role: str
    words: str


def joining_views(reception: Reception, turns: Turns) -> Blueprint:
    """What people do who have no sign-in, or none any more."""
    views = Blueprint("joining", __name__)
    _add_joining(views, reception, turns)
    _add_coming_back(views, reception, turns)
    return views


def _add_joining(views: Blueprint, reception: Reception, turns: Turns) -> None:
    @views.get("/join")
    @public
    def join() -> ResponseReturnValue:
        return _code_form()

    @views.post("/join")
    @public
    def look() -> ResponseReturnValue:
        try:
            return _pass_phrase_form(_invited(reception))
        except NoSuchPerson as refusal:
            return _code_form(in_words(refusal)), 404

    @views.post("/join/pass-phrase")
    @public
    def choose() -> ResponseReturnValue:
        form = request.form
        try:
            with turns.one():
                joined = reception.join(form.get("name", ""), form.get("code", ""), typed_twice("password"))
        except NoSuchPerson as refusal:
            return _code_form(in_words(refusal)), 404
        except SettingsError as mistake:
            try:
                return _pass_phrase_form(_invited(reception), in_words(mistake)), 422
            except NoSuchPerson as refusal:
                return _code_form(in_words(refusal)), 404
        return render_template("access/joined.html", joined=joined, role=Role(joined.role))


def _add_coming_back(views: Blueprint, reception: Reception, turns: Turns) -> None:
    @views.get("/forgotten-pass-phrase")
    @public
    def forgotten() -> ResponseReturnValue:
        return render_template("access/forgotten.html")

    @views.get("/recovery")
    @public
    def recovery() -> ResponseReturnValue:
        return _recovery_form()

    @views.post("/recovery")
    @public
    def recover() -> ResponseReturnValue:
        form = request.form
        try:
            with turns.one():
                person = reception.recover(form.get("recovery_key", ""), form.get("name", ""), typed_twice("password"))
        except (SettingsError, SignInRefused) as refusal:
            return _recovery_form(in_words(refusal), form.get("name", "")), 401 if _refused(refusal) else 422
        return render_template("access/joined.html", joined=person, role=Role(person.role))


def typed_twice(name: str) -> str:
    """A new pass phrase.

    Raises:
        SettingsError: both fields are not the same.
    """
    once, again = request.form.get(name, ""), request.form.get(f"{name}_again", "")
    if once != again:
        raise SettingsError(_("The two pass phrases are not the same."), _("Type the new one twice."))
    return once


def _invited(reception: Reception) -> Invited:
    name, code = request.form.get("name", "").strip(), request.form.get("code", "").strip()
    role, words = reception.look(name, code)
    return Invited(name, code, Role(role).shown, words)


def _refused(error: EarmarkError) -> bool:
    return isinstance(error, SignInRefused)


def _code_form(refusal: str = "") -> str:
    return render_template("access/join.html", name=request.form.get("name", ""), refusal=refusal)


def _pass_phrase_form(invited: Invited, mistake: str = "") -> str:
    return render_template("access/choose_pass_phrase.html", invited=invited, mistake=mistake)


def _recovery_form(refusal: str = "", name: str = "") -> str:
    return render_template("access/recovery.html", refusal=refusal, name=name)
