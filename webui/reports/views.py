"""The pages of reports, their copies to take away, and which of them go out by e-mail."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from firmware.core.errors import ActionRefused, ServiceAway, SettingsError
from firmware.core.report_order import REPORTS, ReportKey, read_report
from webui.access.gatekeeper import allowed, needs, visitor
from webui.error_words import in_words
from webui.reports.asked_period import names, read_period
from webui.reports.report import as_csv, as_pdf
from webui.reports.report_desk import ReportDesk
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import days_phrase

_ONE = "any(calls, listening, keeping):report"


def report_views(desk: ReportDesk, office: str, zone: ZoneInfo) -> Blueprint:
    """For those who may see reports; names are for those who read the evidence with names, which the opener decides."""
    views = Blueprint("reports", __name__, url_prefix="/reports")

    def today() -> date:
        return datetime.now(zone).date()

    @views.get("")
    @needs(Action.SEE_REPORTS)
    def page() -> ResponseReturnValue:
        return redirect(url_for("reports.one", report="calls"), 303)

    @views.get(f"/<{_ONE}>")
    @needs(Action.SEE_REPORTS)
    def one(report: ReportKey) -> ResponseReturnValue:
        asked = read_period(request.args, today())
        return render_template(
            "reports/page.html",
            report=desk.report(visitor(), report, asked.period, today()),
            reports=REPORTS,
            asked=asked,
            periods=names(),
            latest=today(),
            may_see_calls=allowed(visitor(), Action.SEE_RECORDINGS),
        )

    @views.get(f"/<{_ONE}>.pdf")
    @needs(Action.SEE_REPORTS)
    def paper(report: ReportKey) -> ResponseReturnValue:
        asked = read_period(request.args, today())
        found = desk.report(visitor(), report, asked.period, today(), "PDF")
        return _file(as_pdf(found, office, datetime.now(zone)), "application/pdf", _name(found.key, asked.fixed, "pdf"))

    @views.get(f"/<{_ONE}>/<table>.csv")
    @needs(Action.SEE_REPORTS)
    def spreadsheet(report: ReportKey, table: str) -> ResponseReturnValue:
        asked = read_period(request.args, today())
        found = desk.report(visitor(), report, asked.period, today(), "CSV").table(table)
        if found is None:
            abort(404)
        return _file(as_csv(found), "text/csv", _name(f"{report}-{table}", asked.fixed, "csv"))

    @views.get("/by-mail")
    @needs(Action.SEE_REPORTS)
    def by_mail() -> ResponseReturnValue:
        return _by_mail(desk)

    @views.get(f"/by-mail/<{_ONE}>.pdf")
    @needs(Action.SEE_REPORTS)
    def as_mailed(report: ReportKey) -> ResponseReturnValue:
        asked = read_period({"period": "last-month"}, today())
        found = desk.as_mailed(visitor(), report, asked.period, today())
        name = _name(f"earmark-{report}", asked.fixed, "pdf")
        return _file(as_pdf(found, office, datetime.now(zone)), "application/pdf", name)

    @views.post("/by-mail/<report>")
    @needs(Action.SEND_REPORTS)
    def order(report: str) -> ResponseReturnValue:
        every, addresses = request.form.get("every", ""), request.form.get("addresses", "")
        try:
            desk.order(visitor(), read_report(report), every, addresses)
        except SettingsError as mistake:
            return _by_mail(desk, report, in_words(mistake)), 400
        flash(_("That is how this report goes out from now on."), "note")
        return redirect(url_for("reports.by_mail"), 303)

    @views.post("/by-mail/<report>/now")
    @needs(Action.SEND_REPORTS)
    def send_now(report: str) -> ResponseReturnValue:
        try:
            sent = desk.send_now(visitor(), read_report(report))
        except (SettingsError, ActionRefused, ServiceAway) as mistake:
            flash(in_words(mistake), "alert")
            return redirect(url_for("reports.by_mail"), 303)
        if sent.trouble:
            told = _("It could not be sent: %(why)s. Nobody got it. Put that right, and send it again.")
            flash(told % {"why": from_the_box(sent.trouble)}, "alert")
        else:
            told = _("The report about %(days)s was handed to the mail server, for %(who)s.")
            flash(
                told % {"days": days_phrase(sent.period.first, sent.period.last), "who": ", ".join(sent.addresses)},
                "note",
            )
        return redirect(url_for("reports.by_mail"), 303)

    return views


def _by_mail(desk: ReportDesk, wrong: str = "", mistake: str = "") -> str:
    return render_template(
        "reports/by_mail.html",
        reports=REPORTS,
        mailed=desk.mailed(visitor()),
        way=desk.way_out(),
        may_order=allowed(visitor(), Action.SEND_REPORTS),
        wrong=wrong,
        mistake=mistake,
        typed=request.form,
    )


def _name(what: str, days: dict[str, str], form: str) -> str:
    """Of a report that is as of now, its days are those that it looks ahead to."""
    return f"{what}-{days['from']}-{days['to']}.{form}"


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
