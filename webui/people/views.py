"""Who has a sign-in: inviting, confirming, vouching, changing, ending. The opener says what each visitor may do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action, Role
from firmware.core.errors import ActionRefused, NotAllowed, SettingsError
from webui.access.gatekeeper import allowed, needs, visitor
from webui.error_words import in_words
from webui.people.people_desk import Colleague, OneTimeCode, PeopleDesk
from webui.translation import gettext as _

_MISTAKES = (SettingsError, ActionRefused, NotAllowed)


def people_views(desk: PeopleDesk) -> Blueprint:
    """The pages about people."""
    views = Blueprint("people", __name__, url_prefix="/people")
    _add_list(views, desk)
    _add_inviting(views, desk)
    _add_one(views, desk)
    _add_vouching(views, desk)
    _add_leaving(views, desk)
    return views


def _add_list(views: Blueprint, desk: PeopleDesk) -> None:
    @views.get("")
    @needs(Action.SEE_PEOPLE)
    def page() -> ResponseReturnValue:
        who = visitor()
        return render_template(
            "people/list.html",
            everybody=desk.everybody(who),
            may_invite=allowed(who, Action.INVITE_PEOPLE),
            may_confirm=allowed(who, Action.CONFIRM_PEOPLE),
        )


def _add_inviting(views: Blueprint, desk: PeopleDesk) -> None:
    def form(mistake: str = "") -> str:
        return render_template("people/invite.html", roles=list(Role), typed=request.form, mistake=mistake)

    @views.get("/invite")
    @needs(Action.INVITE_PEOPLE)
    def invite_form() -> ResponseReturnValue:
        return form()

    @views.post("/invite")
    @needs(Action.INVITE_PEOPLE)
    def invite() -> ResponseReturnValue:
        typed = request.form
        try:
            new = desk.invite(visitor(), typed.get("name", ""), typed.get("role", ""), typed.get("extension", ""))
        except _MISTAKES as mistake:
            return form(in_words(mistake)), 422
        return _invitation(new)

    @views.post("/invitations/<invitation_id>/withdraw")
    @needs(Action.INVITE_PEOPLE)
    def withdraw(invitation_id: str) -> ResponseReturnValue:
        desk.withdraw_invitation(visitor(), invitation_id)
        flash(_("The invitation is withdrawn; its code is worth nothing."), "note")
        return redirect(url_for(".page"), 303)

    @views.post("/<person_id>/invite-again")
    @needs(Action.CONFIRM_PEOPLE)
    def invite_again(person_id: str) -> ResponseReturnValue:
        return _invitation(desk.invite_again(visitor(), person_id), again=True)


def _add_one(views: Blueprint, desk: PeopleDesk) -> None:
    @views.get("/<person_id>")
    @needs(Action.SEE_PEOPLE)
    def one(person_id: str) -> ResponseReturnValue:
        return _drawn(desk.everybody(visitor()).one(person_id))

    @views.post("/<person_id>/confirm")
    @needs(Action.CONFIRM_PEOPLE)
    def confirm(person_id: str) -> ResponseReturnValue:
        person = desk.everybody(visitor()).one(person_id)
        try:
            desk.confirm(visitor(), person_id, request.form.get("fingerprint", ""))
        except _MISTAKES as mistake:
            return _drawn(person, unconfirmed=in_words(mistake), typed=request.form.get("fingerprint", "")), 422
        flash(_("%(name)s is confirmed, and can sign in now.") % {"name": person.name}, "note")
        return redirect(url_for(".page"), 303)

    @views.post("/<person_id>/change")
    @needs(Action.CHANGE_PEOPLE)
    def change(person_id: str) -> ResponseReturnValue:
        person = desk.everybody(visitor()).one(person_id)
        try:
            desk.change(visitor(), person_id, request.form.get("role", ""), request.form.get("extension", ""))
        except _MISTAKES as mistake:
            return _drawn(person, unchanged=in_words(mistake)), 422
        flash(_("%(name)s was changed, and signs in anew.") % {"name": person.name}, "note")
        return redirect(url_for(".one", person_id=person_id), 303)


def _add_vouching(views: Blueprint, desk: PeopleDesk) -> None:
    @views.post("/<person_id>/vouch")
    @needs(Action.VOUCH)
    def vouch(person_id: str) -> ResponseReturnValue:
        person = desk.everybody(visitor()).one(person_id)
        against = request.form.get("for", "")
        given = desk.vouch(visitor(), person_id, against, person.name)
        return render_template("people/vouched.html", given=given, against=against)


def _add_leaving(views: Blueprint, desk: PeopleDesk) -> None:
    @views.get("/<person_id>/leave")
    @needs(Action.END_PEOPLE)
    def leave_form(person_id: str) -> ResponseReturnValue:
        return render_template("people/leave.html", person=desk.everybody(visitor()).one(person_id))

    @views.post("/<person_id>/leave")
    @needs(Action.END_PEOPLE)
    def leave(person_id: str) -> ResponseReturnValue:
        person = desk.everybody(visitor()).one(person_id)
        try:
            desk.leave(visitor(), person_id)
        except _MISTAKES as mistake:
            return render_template("people/leave.html", person=person, mistake=in_words(mistake)), 409
        flash(_("%(name)s has no sign-in any more. Their keys are destroyed.") % {"name": person.name}, "note")
        return redirect(url_for("access.sign_in" if person.is_you else ".page"), 303)


def _drawn(person: Colleague, **shown: Any) -> str:
    who = visitor()
    return render_template(
        "people/one.html",
        person=person,
        roles=list(Role),
        may_confirm=allowed(who, Action.CONFIRM_PEOPLE) and not person.is_you,
        may_change=allowed(who, Action.CHANGE_PEOPLE) and not person.is_you,
        may_vouch=allowed(who, Action.VOUCH) and not person.is_you,
        may_end=allowed(who, Action.END_PEOPLE),
        **shown,
    )


def _invitation(new: OneTimeCode, again: bool = False) -> str:
    return render_template("people/invited.html", new=new, again=again)
