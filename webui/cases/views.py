"""The pages of people's requests about their data, and of authorities'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.catalogue.reader import RecordingRow
from firmware.adapters.control.client import RequestRefused
from firmware.core.access_policy import Action
from firmware.core.case_clock import CaseKind
from firmware.core.data_case import LARGEST_PAPER_BYTES, MOST_CALLS, SIDES, CaseCall, Muted
from firmware.core.errors import ActionRefused, NoSuchRecording, NotAllowed, SettingsError
from firmware.core.typed_spans import shown_span, typed_spans
from webui.access.gatekeeper import allowed, needs, visitor
from webui.cases.bundle import COPY_FORMS, BundleMaker, BundleOrder
from webui.cases.case_desk import CaseDesk, ShownCase
from webui.cases.logged_calls import PersonLog, add_logged_calls
from webui.cases.papers import add_papers
from webui.error_words import in_words
from webui.form_answers import answered
from webui.recordings.catalogue import Catalogue
from webui.requests.request_desk import RequestDesk
from webui.translation import from_the_box, ngettext
from webui.translation import gettext as _

_MISTAKES = (SettingsError, ActionRefused, NoSuchRecording)
_HOLD_DAYS = 183


@dataclass(frozen=True)
class CasePages:
    """Draws them."""

    desk: CaseDesk
    catalogue: Catalogue
    maker: BundleMaker
    requests: RequestDesk
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return datetime.now(self.zone).date()

    def case(self, case_id: str) -> ShownCase:
        return self.desk.one(visitor(), case_id)

    def rows(self, case: ShownCase) -> list[tuple[CaseCall, RecordingRow]]:
        """Its calls with what the catalogue knows of them; one that was erased meanwhile is left out."""
        return [(call, row) for call in case.calls if (row := self.catalogue.recording(call.recording_id))]

    def one(self, case_id: str, mistake: str = "", typed: Mapping[str, str] | None = None) -> str:
        who = visitor()
        case = self.desk.one(who, case_id)
        return render_template(
            "cases/one.html",
            case=case,
            rows=self.rows(case),
            may_listen=allowed(who, Action.LISTEN),
            may_ask=allowed(who, Action.REQUEST_ACCESS),
            open_calls=self.requests.open_calls(who) if allowed(who, Action.LISTEN_GRANTED) else {},
            muted_in_words=muted_in_words,
            kinds=CaseKind,
            largest_paper=LARGEST_PAPER_BYTES,
            most_calls=MOST_CALLS,
            today=self.today,
            mistake=mistake,
            typed=typed or {},
        )

    def new(self, mistake: str = "", typed: Mapping[str, str] | None = None) -> str:
        return render_template(
            "cases/new.html", kinds=list(CaseKind), today=self.today, mistake=mistake, typed=typed or {}
        )

    def bundle(self, case_id: str, mistake: str = "", typed: Mapping[str, str] | None = None) -> str:
        case = self.desk.one(visitor(), case_id)
        excluded = len([call for call in case.calls if call.state == "excluded"])
        about = {"case": case, "office": self.maker.office, "today": self.today, "excluded": excluded}
        return render_template(
            "cases/bundle.html",
            case=case,
            rows=[(call, row) for call, row in self.rows(case) if call.state == "included"],
            words=self.desk.words(visitor()),
            letter=render_template("cases/letter.txt", **about),
            muted_in_words=muted_in_words,
            mistake=mistake,
            typed=typed or {},
        )


def case_views(pages: CasePages, log: PersonLog) -> Blueprint:
    """Everything about cases. The opener says what each visitor may see and do there."""
    views = Blueprint("cases", __name__)
    _add_cases(views, pages)
    _add_calls(views, pages)
    add_papers(views, pages.desk, lambda case_id, work: _done(pages, case_id, work))
    _add_bundle(views, pages)
    add_logged_calls(views, pages, log)
    return views


def _add_cases(views: Blueprint, pages: CasePages) -> None:
    @views.get("/cases")
    @needs(Action.WORK_ON_CASES)
    def page() -> ResponseReturnValue:
        who = visitor()
        open_cases, closed = pages.desk.all(who, closed=False), pages.desk.all(who, closed=True)
        return render_template("cases/list.html", open_cases=open_cases, closed=closed)

    @views.get("/cases/new")
    @needs(Action.WORK_ON_CASES)
    def new_form() -> ResponseReturnValue:
        return pages.new()

    @views.post("/cases/new")
    @needs(Action.WORK_ON_CASES)
    def new() -> ResponseReturnValue:
        try:
            case = pages.desk.begin(visitor(), request.form)
        except (*_MISTAKES, RequestRefused) as mistake:
            return pages.new(in_words(mistake), request.form), 422
        flash(
            _("Case %(reference)s is open: %(standing)s.") % {"reference": case.reference, "standing": case.standing},
            "note",
        )
        return redirect(url_for(".one", case_id=case.case_id), 303)

    @views.get("/cases/<case_id>")
    @needs(Action.WORK_ON_CASES)
    def one(case_id: str) -> ResponseReturnValue:
        return pages.one(case_id)

    @views.post("/cases/<case_id>/clock")
    @needs(Action.WORK_ON_CASES)
    def clock(case_id: str) -> ResponseReturnValue:
        return _done(pages, case_id, lambda: pages.desk.change_clock(visitor(), case_id, request.form).standing)

    @views.post("/cases/<case_id>/close")
    @needs(Action.WORK_ON_CASES)
    def close(case_id: str) -> ResponseReturnValue:
        def work() -> str:
            pages.desk.close(visitor(), case_id, request.form.get("outcome", ""))
            return _("The case is closed.")

        return _done(pages, case_id, work)


def _add_calls(views: Blueprint, pages: CasePages) -> None:
    @views.post("/cases/<case_id>/find")
    @needs(Action.SEARCH_FOR_CASES)
    def find(case_id: str) -> ResponseReturnValue:
        return _done(pages, case_id, lambda: _found(*pages.desk.find(visitor(), case_id, request.form)))

    @views.post("/cases/<case_id>/add")
    @needs(Action.SEARCH_FOR_CASES)
    def add(case_id: str) -> ResponseReturnValue:
        def work() -> str:
            pages.desk.add(visitor(), case_id, request.form.get("recording_id", "").strip()[:64])
            return _("The call is in the case.")

        return _done(pages, case_id, work)

    @views.post("/cases/<case_id>/calls")
    @needs(Action.WORK_ON_CASES)
    def calls(case_id: str) -> ResponseReturnValue:
        return _done(pages, case_id, lambda: _decided(pages, case_id))

    @views.post("/cases/<case_id>/calls/<recording_id>/mute")
    @needs(Action.WORK_ON_CASES)
    def mute(case_id: str, recording_id: str) -> ResponseReturnValue:
        def work() -> str:
            row = pages.catalogue.recording(recording_id)
            if row is None:
                raise NoSuchRecording(_("There is no such recording (any more)."))
            muted = muted_from(request.form, round(row.duration_s * 1000))
            pages.desk.mute(visitor(), case_id, recording_id, muted)
            return _("That is silent in the copy.") if muted else _("Nothing of the call is silent in the copy.")

        return _done(pages, case_id, work)


def _decided(pages: CasePages, case_id: str) -> str:
    """What the buttons under the list of calls do with those that are ticked."""
    form, chosen = request.form, request.form.getlist("call")
    what, because = form.get("what", ""), form.get("because", "").strip()
    count = f"{len(chosen)} call{'' if len(chosen) == 1 else 's'}"
    if what in ("included", "excluded", "found"):
        pages.desk.decide(visitor(), case_id, chosen, what, because)
        did = {
            "found": _("%(num)s: put back."),
            "included": _("%(num)s: included."),
            "excluded": _("%(num)s: excluded."),
        }
        return did[what] % {"num": count}
    if not chosen:
        raise SettingsError(_("Choose at least one call."))
    if what == "erase":
        erased, refused = pages.desk.erase(visitor(), chosen, because)
        for why in sorted(set(refused.values())):
            flash(
                _("%(count)s not erased: %(why)s") % {"count": list(refused.values()).count(why), "why": why}, "alert"
            )
        words = ngettext("%(num)s call is being erased.", "%(num)s calls are being erased.", erased)
        return words % {"num": erased}
    if what in ("hold", "restrict"):
        case, restricts = pages.desk.one(visitor(), case_id), what == "restrict"
        purpose = _("Case %(reference)s, %(kind)s: %(why)s") % {
            "reference": case.reference,
            "kind": from_the_box(case.kind.shown).lower(),
            "why": because or _("kept while it is worked on"),
        }
        review_on = (pages.today + timedelta(days=_HOLD_DAYS)).isoformat()
        pages.desk.hold(visitor(), chosen, purpose, review_on, restricts=restricts)
        if restricts:
            return _("%(count)s restricted: kept, and nobody but a director may listen until the hold is released.") % {
                "count": count
            }
        return _("%(count)s held: nothing erases them until the hold is released.") % {"count": count}
    raise SettingsError(_("That cannot be done with calls."))


def _add_bundle(views: Blueprint, pages: CasePages) -> None:
    @views.get("/cases/<case_id>/bundle")
    @needs(Action.MAKE_BUNDLES)
    def bundle_form(case_id: str) -> ResponseReturnValue:
        return pages.bundle(case_id)

    @views.post("/cases/<case_id>/bundle")
    @needs(Action.MAKE_BUNDLES)
    def bundle(case_id: str) -> ResponseReturnValue:
        form, case = request.form, pages.desk.one(visitor(), case_id)
        rows = [(call, row) for call, row in pages.rows(case) if call.state == "included"]
        copy_form = next((each for each in COPY_FORMS if each == form.get("form")), COPY_FORMS[0])
        order = BundleOrder(case, rows, copy_form, form.get("pass_phrase", ""), form.get("letter", ""))
        try:
            parts = pages.maker.made(visitor(), order)
        except _MISTAKES as mistake:
            return pages.bundle(case_id, in_words(mistake), form), 422
        except NotAllowed:
            why = _("Not every call of it is open to you: on the case's page, ask a director to open them.")
            return pages.bundle(case_id, why, form), 403
        answer = Response(parts, mimetype="application/zip")
        answer.headers["Content-Disposition"] = f'attachment; filename="{order.name}"'
        return answer


def muted_from(form: Mapping[str, str], duration_ms: int) -> list[Muted]:
    """What was typed of one call: sides that are silent throughout, and stretches in which both or one are.

    Raises:
        SettingsError: a stretch cannot be read.
    """
    whole = [Muted(side) for side in SIDES if form.get(f"{side}_all") == "yes"]
    side = next((each for each in SIDES if each == form.get("side")), SIDES[0])
    typed = form.get("spans", "").strip()
    spans = typed_spans(typed, duration_ms) if typed else ()
    return whole + [Muted(side, start, end) for start, end in spans]


def muted_in_words(call: CaseCall) -> str:
    """``the office throughout; both parties at 1:05-1:20``."""
    names = {"both": _("both parties"), "far": _("the outside party"), "office": _("the office")}
    told = [
        f"{names[each.side]} throughout"
        if each.end_ms is None
        else f"{names[each.side]} at {shown_span((each.start_ms, each.end_ms))}"
        for each in call.muted
    ]
    return "; ".join(told)


def _done(pages: CasePages, case_id: str, work: Callable[[], str]) -> ResponseReturnValue:
    """Do something to a case and say so; a mistake is told on its page."""

    def said() -> str:
        words = work()
        return words[:1].upper() + words[1:]

    def again(mistake: str) -> str:
        return pages.one(case_id, mistake, request.form)

    return answered(said, again, url_for(".one", case_id=case_id), _MISTAKES)


def _found(added: int, further: int) -> str:
    said = []
    if added:
        said.append(ngettext("%(num)s call was found.", "%(num)s calls were found.", added) % {"num": added})
    if further:
        words = ngettext(
            "%(num)s more was found, for which the case has no room.",
            "%(num)s more were found, for which the case has no room.",
            further,
        )
        said.append(words % {"num": further})
    return " ".join(said) or _("No call was found that is not in the case already.")
