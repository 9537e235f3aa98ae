"""Asking for calls, deciding what was asked, and seeing what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.utils import redirect

from firmware.adapters.catalogue.reader import RecordingRow
from firmware.core.access_policy import Action
from firmware.core.access_request import LONGEST_GRANT_MS, WantedCalls
from firmware.core.errors import DamagedRecording, KeyErased, NoSuchRecording, SettingsError
from webui.access.gatekeeper import allowed, needs, signed_in, visitor
from webui.error_words import in_words
from webui.recordings.catalogue import Catalogue
from webui.requests.matching import Matches, matching
from webui.requests.request_desk import RequestDesk, ShownRequest
from webui.translation import gettext as _
from webui.translation import ngettext
from webui.wording import day_in_sentence, full_day

_USUAL_DAYS = 7
_LONGEST_DAYS = LONGEST_GRANT_MS // 86_400_000 - 1
_MISTAKES = (SettingsError, NoSuchRecording, KeyErased, DamagedRecording)


def request_views(desk: RequestDesk, catalogue: Catalogue, zone: ZoneInfo) -> Blueprint:
    """The pages of requests. The opener says what each visitor may see and do there."""
    views = Blueprint("requests", __name__)
    views.add_app_template_filter(_day_in_words, "day_in_words")
    views.add_app_template_filter(lambda moment: until_in_words(moment, zone), "until_in_words")
    _add_lists(views, desk, catalogue)
    _add_asking(views, desk)
    _add_deciding(views, DecisionPage(desk, catalogue, zone))
    return views


def _add_lists(views: Blueprint, desk: RequestDesk, catalogue: Catalogue) -> None:
    @views.get("/requests")
    @signed_in
    def page() -> ResponseReturnValue:
        who = visitor()
        sees_all, decides = allowed(who, Action.SEE_REQUESTS), allowed(who, Action.DECIDE_REQUESTS)
        grants = sorted(desk.open_calls(who).values(), key=lambda call: call.ends_at)
        return render_template(
            "requests/list.html",
            may_ask=allowed(who, Action.REQUEST_ACCESS),
            decides=decides,
            sees_all=sees_all,
            waiting=desk.everybodys(who, decided=False) if sees_all else [],
            decided=desk.everybodys(who, decided=True) if sees_all else [],
            mine=desk.mine(who),
            open_calls=[(call, row) for call in grants if (row := catalogue.recording(call.recording_id))],
        )


def _add_asking(views: Blueprint, desk: RequestDesk) -> None:
    @views.get("/requests/ask")
    @needs(Action.REQUEST_ACCESS)
    def ask_form() -> ResponseReturnValue:
        return _ask_form(request.args, request.args.getlist("call"))

    @views.post("/requests/ask")
    @needs(Action.REQUEST_ACCESS)
    def ask() -> ResponseReturnValue:
        calls = request.form.getlist("call")
        try:
            desk.ask(visitor(), request.form.get("purpose", ""), calls, WantedCalls.from_json(request.form))
        except _MISTAKES as mistake:
            return _ask_form(request.form, calls, in_words(mistake)), 422
        flash(_("Your request was handed in. A director decides; what they say shows here."), "note")
        return redirect(url_for(".page"), 303)

    @views.post("/requests/<request_id>/withdraw")
    @signed_in
    def withdraw(request_id: str) -> ResponseReturnValue:
        desk.withdraw(visitor(), request_id)
        flash(_("Your request was withdrawn."), "note")
        return redirect(url_for(".page"), 303)

    @views.post("/requests/<request_id>/end")
    @signed_in
    def end(request_id: str) -> ResponseReturnValue:
        desk.end(visitor(), request_id, request.form.get("reason", ""))
        flash(_("The calls are shut: nobody can hear them by this request any more."), "note")
        return redirect(url_for(".page"), 303)


def _ask_form(typed: Mapping[str, str], calls: Sequence[str], mistake: str = "") -> str:
    return render_template("requests/ask.html", typed=typed, calls=calls, mistake=mistake)


@dataclass(frozen=True)
class DecisionPage:
    """One request, with the calls to choose from for whoever decides it."""

    desk: RequestDesk
    catalogue: Catalogue
    zone: ZoneInfo

    def drawn(self, shown: ShownRequest, mistake: str = "", typed: MultiDict[str, str] | None = None) -> str:
        """``typed`` is what the approver had typed when there was a mistake."""
        who = visitor()
        decides = shown.waits and allowed(who, Action.DECIDE_REQUESTS)
        sees_calls = allowed(who, Action.SEE_RECORDINGS)
        search = self._search(shown)
        found = self._found(shown, search) if decides and sees_calls else Matches()
        named = [row for call in shown.calls if (row := self.catalogue.recording(call))] if sees_calls else []
        today = datetime.now(self.zone).date()
        return render_template(
            "requests/one.html",
            asked=shown,
            decides=decides,
            may_end=shown.opens and allowed(who, Action.END_ACCESS),
            sees_calls=sees_calls,
            named=named,
            found=_others(found.rows, shown),
            more=found.more,
            search=search,
            chosen=set(shown.calls if typed is None else typed.getlist("call")),
            last_day=(typed and typed.get("last_day")) or (today + timedelta(days=_USUAL_DAYS)).isoformat(),
            days=(today, today + timedelta(days=_LONGEST_DAYS)),
            typed=typed or {},
            mistake=mistake,
        )

    def end_of(self, last_day: str) -> datetime:
        """Midnight after the last day, in the office.

        Raises:
            SettingsError: that is no day.
        """
        try:
            after = date.fromisoformat(last_day) + timedelta(days=1)
            return datetime.combine(after, time(), self.zone).astimezone(UTC)
        except (ValueError, OverflowError):
            raise SettingsError(
                _("Until which day may the calls be heard?"), _("Choose a day within three months.")
            ) from None

    def _found(self, shown: ShownRequest, search: WantedCalls) -> Matches:
        self.desk.tell_search(visitor(), shown.request_id, search)
        return matching(self.catalogue.recordings, search, self.zone)

    def _search(self, shown: ShownRequest) -> WantedCalls:
        """What the request says, unless the approver looks for something else."""
        return WantedCalls.from_json(request.args) if request.args.get("look") else shown.wanted


def _add_deciding(views: Blueprint, page: DecisionPage) -> None:
    @views.get("/requests/<request_id>")
    @signed_in
    def one(request_id: str) -> ResponseReturnValue:
        return page.drawn(page.desk.one(visitor(), request_id))

    @views.post("/requests/<request_id>/approve")
    @needs(Action.DECIDE_REQUESTS)
    def approve(request_id: str) -> ResponseReturnValue:
        form = request.form
        try:
            ends_at = page.end_of(form.get("last_day", ""))
            done = page.desk.approve(visitor(), request_id, form.getlist("call"), ends_at, form.get("note", ""))
        except _MISTAKES as mistake:
            return page.drawn(page.desk.one(visitor(), request_id), in_words(mistake), form), 422
        num = len(done.approved)
        words = ngettext("%(num)s call is open to %(requester)s.", "%(num)s calls are open to %(requester)s.", num)
        flash(words % {"num": num, "requester": done.requester}, "note")
        return redirect(url_for(".page"), 303)

    @views.post("/requests/<request_id>/refuse")
    @needs(Action.DECIDE_REQUESTS)
    def refuse(request_id: str) -> ResponseReturnValue:
        try:
            done = page.desk.refuse(visitor(), request_id, request.form.get("reason", ""))
        except SettingsError as mistake:
            return page.drawn(page.desk.one(visitor(), request_id), in_words(mistake), request.form), 422
        flash(
            _("The request of %(requester)s was refused; they see your reason.") % {"requester": done.requester}, "note"
        )
        return redirect(url_for(".page"), 303)


def until_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """``the end of Sunday 29 November``, or with the time of day where it is not a day's end."""
    local, today = moment.astimezone(zone), datetime.now(zone).date()
    ends_a_day = local.time() == time()
    day = day_in_sentence(local.date() - timedelta(days=ends_a_day), today)
    return _("the end of %(day)s") % {"day": day} if ends_a_day else f"{day}, {local:%H:%M}"


def _day_in_words(day: str) -> str:
    """``22 November 2026``; what is no day, as it was typed."""
    try:
        return full_day(date.fromisoformat(day))
    except ValueError:
        return day


def _others(rows: Sequence[RecordingRow], shown: ShownRequest) -> list[RecordingRow]:
    return [row for row in rows if row.id not in shown.calls]
