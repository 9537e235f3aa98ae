"""The pages of the set-up guide: what is left, in order; each step says why, shows how it stands, and does it or leads
to where it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.compliance.duty import Duty
from firmware.core.errors import ActionRefused, SettingsError
from firmware.core.set_up_book import Said
from webui.access.gatekeeper import allowed, needs, visitor
from webui.form_answers import answered
from webui.guide.guide_desk import GuideDesk, alerts_digest, alerts_of, notices_of
from webui.guide.steps import DirectorsStep, Part
from webui.translation import gettext as _

#: Kept in the browser's form cookie: whoever was led to another page finds the way back at its head.
_LED = "from-guide"
_MISTAKES = (SettingsError, ActionRefused)
#: Where a step is done that has a page of its own.
_PLACES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    DirectorsStep.SIGN_IN: ("account.page", {}),
    DirectorsStep.PEOPLE: ("people.page", {}),
    DirectorsStep.NOTICE: ("settings.prompts", {}),
    DirectorsStep.KEEPING: ("settings.section", {"name": "retention"}),
    DirectorsStep.STAFF: ("compliance.printable", {"paper": "staff-notice"}),
    DirectorsStep.ALERTS: ("settings.section", {"name": "alerts"}),
    DirectorsStep.FIRST_CALL: ("recordings.list_calls", {}),
}
#: What a director's word on a step is put down as.
_DUTIES = {DirectorsStep.KEEPING: Duty.PERIODS_CHOSEN, DirectorsStep.STAFF: Duty.STAFF_TOLD}


def guide_views(desk: GuideDesk) -> Blueprint:
    views = Blueprint("guide", __name__, url_prefix="/set-up-guide")
    _add_overview(views, desk)
    _add_steps(views, desk)
    _add_alerts(views, desk)
    return views


def is_led() -> bool:
    """Whether the guide sent the visitor to the page they are on."""
    return bool(session.get(_LED))


def _add_overview(views: Blueprint, desk: GuideDesk) -> None:
    @views.get("")
    @needs(Action.CONFIRM_DUTIES)
    def page() -> ResponseReturnValue:
        session.pop(_LED, None)
        who = visitor()
        book = desk.book(who)
        return render_template(
            "guide/page.html",
            director=desk.directors_part(who),
            book=book,
            tried=book.words.get(Said.LINES_TRIED),
            fallback=book.words.get(Said.FALLBACK_TRIED),
        )

    @views.post("/aside")
    @needs(Action.CONFIRM_DUTIES)
    def put_aside() -> ResponseReturnValue:
        aside = request.form.get("aside") == "yes"
        desk.put_aside(visitor(), aside=aside)
        if not aside:
            return redirect(url_for("guide.page"), 303)
        flash(_("The set-up guide is put aside. You find it under Settings whenever you want it."), "note")
        return redirect(url_for("home"), 303)


def _add_steps(views: Blueprint, desk: GuideDesk) -> None:
    @views.get("/<guide_step>")
    @needs(Action.CONFIRM_DUTIES)
    def step(guide_step: str) -> ResponseReturnValue:
        session.pop(_LED, None)
        return _step_page(desk, _named(guide_step))

    @views.get("/<guide_step>/go")
    @needs(Action.CONFIRM_DUTIES)
    def go(guide_step: str) -> ResponseReturnValue:
        """To the page where it is done."""
        endpoint, values = _PLACES.get(_named(guide_step), ("guide.page", {}))
        session[_LED] = True
        address: dict[str, Any] = dict(values)
        return redirect(url_for(endpoint, **address), 303)

    @views.post("/<guide_step>")
    @needs(Action.CONFIRM_DUTIES)
    def say(guide_step: str) -> ResponseReturnValue:
        """A director's word on the step."""
        which = _named(guide_step)

        def task() -> str:
            _put_down(desk, which, request.form.get("note", ""))
            return _("That is noted, and in the evidence.")

        return answered(task, lambda mistake: _step_page(desk, which, mistake), _onwards(desk, which), _MISTAKES)


def _add_alerts(views: Blueprint, desk: GuideDesk) -> None:
    @views.post("/alerts/try")
    @needs(Action.CONFIRM_DUTIES)
    def try_alerts() -> ResponseReturnValue:
        return _step_page(desk, DirectorsStep.ALERTS, tried=desk.try_alerts(visitor()))


def _put_down(desk: GuideDesk, which: DirectorsStep, note: str) -> None:
    who = visitor()
    if which in _DUTIES:
        desk.confirm(who, _DUTIES[which], note)
    elif which is DirectorsStep.RECOVERY_KEY:
        desk.say(who, Said.KEY_IN_SAFE, note)
    elif which is DirectorsStep.NOTICE:
        heard = notices_of(desk.document(who))
        desk.say(who, Said.NOTICE_HEARD, note or _("It says what callers must know."), desk.notices_digest(who, heard))
    elif which is DirectorsStep.ALERTS:
        desk.say(who, Said.ALERT_ARRIVED, note or _("It arrived."), alerts_digest(desk.document(who)))
    else:
        raise ActionRefused(_("The box sees by itself when this is done."))


def _onwards(desk: GuideDesk, which: DirectorsStep) -> str:
    """The next step that is left; the list where none is."""
    following = desk.directors_part(visitor()).after(which) if request.method == "POST" else None
    return url_for("guide.step", guide_step=following.slug) if following else url_for("guide.page")


def _step_page(
    desk: GuideDesk, which: DirectorsStep, mistake: str = "", tried: list[tuple[str, str]] | None = None
) -> str:
    who = visitor()
    part = desk.directors_part(who)
    return render_template(
        f"guide/{which}.html",
        step=part.step(which),
        part=part,
        number=list(DirectorsStep).index(which) + 1,
        following=part.after(which),
        mistake=mistake,
        tried=tried,
        **_shown(desk, which, part),
    )


def _shown(desk: GuideDesk, which: DirectorsStep, part: Part) -> dict[str, Any]:
    """What a step's own page shows besides."""
    who = visitor()
    if which is DirectorsStep.NOTICE:
        return {"prompts": desk.played(who, notices_of(desk.document(who)))}
    if which is DirectorsStep.KEEPING:
        return {"classes": desk.duties.office().classes}
    if which is DirectorsStep.ALERTS:
        return {"alerts_to": alerts_of(desk.document(who)), "may_set": allowed(who, Action.SET_ALERTS)}
    return {}


def _named(slug: str) -> DirectorsStep:
    try:
        return DirectorsStep(slug)
    except ValueError:
        abort(404)
