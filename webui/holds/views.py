"""Legal holds, and how long one recording is kept: seen and changed by those whom the opener lets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from firmware.core.errors import ActionRefused
from webui.access.gatekeeper import allowed, needs, signed_in, visitor
from webui.form_answers import answered
from webui.holds.keeping_desk import MISTAKES, KeepingDesk
from webui.holds.retention_desk import RetentionDesk
from webui.holds.retention_views import add_retention
from webui.recordings.catalogue import Catalogue
from webui.translation import gettext as _
from webui.translation import marked, ngettext

_USUAL_REVIEW = timedelta(days=91)
_MOST_SHOWN = 200
_BECAUSE = {
    "retention": marked("its time was over"),
    "request": marked("somebody asked for it"),
    "redaction": marked("card details were in it"),
    "space": marked("the disk was nearly full"),
}


def hold_views(desk: KeepingDesk, retention: RetentionDesk, catalogue: Catalogue, zone: ZoneInfo) -> Blueprint:
    """The pages about keeping and erasing."""
    views = Blueprint("holds", __name__)
    pages = _Pages(desk, retention, catalogue, zone)
    _add_holds(views, desk, pages)
    add_retention(views, retention)
    _add_one_recording(views, desk, pages)
    return views


@dataclass(frozen=True)
class _Pages:
    desk: KeepingDesk
    retention: RetentionDesk
    catalogue: Catalogue
    zone: ZoneInfo

    def all(self) -> str:
        who = visitor()
        return render_template(
            "holds/list.html",
            kept=self.retention.shown(who) if allowed(who, Action.SEE_RETENTION) else None,
            may_choose=allowed(who, Action.CHOOSE_WHEN_FULL),
            may_confirm=allowed(who, Action.CHANGE_RETENTION),
            holds=self.desk.holds(who) if allowed(who, Action.SEE_HOLDS) else [],
            erasures=self.desk.erasures(who) if allowed(who, Action.SEE_RETENTION) else [],
            sees_holds=allowed(who, Action.SEE_HOLDS),
            may_place=allowed(who, Action.PLACE_HOLDS),
            because={because: _(words) for because, words in _BECAUSE.items()},
            today=self._today,
        )

    def place(self, mistake: str = "") -> str:
        return render_template("holds/place.html", mistake=mistake, typed=request.form, **self._review())

    def one(self, hold_id: str, mistake: str = "") -> str:
        who = visitor()
        hold, sees_calls = self.desk.hold(who, hold_id), allowed(who, Action.SEE_RECORDINGS)
        shown = hold.calls[:_MOST_SHOWN]
        return render_template(
            "holds/one.html",
            hold=hold,
            calls=[(each, self.catalogue.recording(each) if sees_calls else None) for each in shown],
            may_review=allowed(who, Action.PLACE_HOLDS),
            may_release=allowed(who, Action.RELEASE_HOLDS),
            mistake=mistake,
            typed=request.form,
            **self._review(),
        )

    def keeping(self, recording_id: str, mistake: str = "") -> str:
        who = visitor()
        return render_template(
            "holds/keeping.html",
            kept=self.desk.keeping(who, recording_id),
            may_hold=allowed(who, Action.PLACE_HOLDS),
            may_choose=allowed(who, Action.SET_CLASS),
            may_erase=allowed(who, Action.ERASE),
            sees_calls=allowed(who, Action.SEE_RECORDINGS),
            mistake=mistake,
            typed=request.form,
            **self._review(),
        )

    def search(self) -> dict[str, Any] | None:
        """What was typed of the calls to hold; None when nothing was."""
        typed: dict[str, Any] = {name: request.form.get(name, "").strip() for name in ("number", "line")}
        first, last = (_day(request.form.get(name, "")) for name in ("first_day", "last_day"))
        if first:
            typed["started_from"] = self._midnight_ms(first)
        if last or first:
            typed["started_to"] = self._midnight_ms((last or first or self._today) + timedelta(days=1))
        return {name: value for name, value in typed.items() if value} or None

    @property
    def _today(self) -> date:
        return datetime.now(self.zone).date()

    def _midnight_ms(self, day: date) -> int:
        return round(datetime.combine(day, time(), self.zone).timestamp() * 1000)

    def _review(self) -> dict[str, date]:
        return {
            "review_on": self._today + _USUAL_REVIEW,
            "first_review": self._today + timedelta(days=1),
            "last_review": self._today + timedelta(days=366),
        }


def _add_holds(views: Blueprint, desk: KeepingDesk, pages: _Pages) -> None:
    @views.get("/holds")
    @needs(Action.SEE_HOLDS, Action.SEE_RETENTION)
    def page() -> ResponseReturnValue:
        return pages.all()

    @views.get("/holds/place")
    @needs(Action.PLACE_HOLDS)
    def place_form() -> ResponseReturnValue:
        return pages.place()

    @views.post("/holds/place")
    @needs(Action.PLACE_HOLDS)
    def place() -> ResponseReturnValue:
        def work() -> str:
            placed = desk.place(visitor(), request.form, [], pages.search())
            words = ngettext(
                "%(num)s recording is held: %(purpose)s.",
                "%(num)s recordings are held: %(purpose)s.",
                placed.recordings,
            )
            return words % {"num": placed.recordings, "purpose": placed.purpose}

        return _done(work, pages.place)

    @views.get("/holds/<hold_id>")
    @needs(Action.SEE_HOLDS)
    def one(hold_id: str) -> ResponseReturnValue:
        return pages.one(hold_id)

    @views.post("/holds/<hold_id>/review")
    @needs(Action.PLACE_HOLDS)
    def review(hold_id: str) -> ResponseReturnValue:
        def work() -> str:
            desk.review(visitor(), hold_id, request.form.get("review_on", ""), request.form.get("because", ""))
            return _("The hold is kept up.")

        return _done(work, partial(pages.one, hold_id))

    @views.post("/holds/<hold_id>/release")
    @needs(Action.RELEASE_HOLDS)
    def release(hold_id: str) -> ResponseReturnValue:
        def work() -> str:
            desk.release(visitor(), hold_id, request.form.get("because", ""))
            return _("The hold is released. What it kept goes its usual way again.")

        return _done(work, partial(pages.one, hold_id))


def _add_one_recording(views: Blueprint, desk: KeepingDesk, pages: _Pages) -> None:
    @views.get("/calls/<recording_id>/keeping")
    @signed_in
    def keeping(recording_id: str) -> ResponseReturnValue:
        return pages.keeping(recording_id)

    @views.post("/calls/<recording_id>/keeping/hold")
    @needs(Action.PLACE_HOLDS)
    def hold_call(recording_id: str) -> ResponseReturnValue:
        def work() -> str:
            desk.place(visitor(), request.form, [recording_id])
            return _("The recording is held.")

        return _done(work, partial(pages.keeping, recording_id))

    @views.post("/calls/<recording_id>/keeping/class")
    @needs(Action.SET_CLASS)
    def choose_class(recording_id: str) -> ResponseReturnValue:
        def work() -> str:
            wanted, because = request.form.get("class", ""), request.form.get("because", "")
            at_once = request.form.get("even_if_erased") == "yes"
            desk.choose_class(visitor(), recording_id, wanted, because, even_if_erased=at_once)
            return _("The class is changed. The day until which it is kept follows within a minute.")

        return _done(work, partial(pages.keeping, recording_id))

    @views.post("/calls/<recording_id>/keeping/erase")
    @needs(Action.ERASE)
    def erase(recording_id: str) -> ResponseReturnValue:
        def work() -> str:
            if refused := desk.erase(visitor(), recording_id, request.form.get("because", "")):
                raise ActionRefused(refused, _("Nothing was erased."))
            return _("The recording is being erased. Below it says when it is gone from the backups, too.")

        return _done(work, partial(pages.keeping, recording_id))


def _done(work: Callable[[], str], again: Callable[[str], str]) -> ResponseReturnValue:
    """Do it and go to the list; a mistake is told on the form's page."""
    return answered(work, again, url_for(".page"), MISTAKES)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
