"""A person's rows in the PBX's call log: found for their case, handed out as a table, erased on their request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from firmware.core.call_log import MOST_ERASED, LogRow
from firmware.core.case_clock import CaseKind
from firmware.core.errors import ActionRefused, SettingsError
from webui.access.gatekeeper import allowed, needs, visitor
from webui.access.opener import Visitor
from webui.cases.case_desk import ShownCase
from webui.error_words import in_words
from webui.spreadsheet import spreadsheet
from webui.translation import gettext as _
from webui.translation import marked, ngettext

_HEADINGS = (
    marked("Began"),
    marked("Seconds"),
    marked("Direction"),
    marked("Extension"),
    marked("Number"),
    marked("Line"),
    marked("Logged by"),
    marked("Recording"),
)


@dataclass(frozen=True)
class PersonRow:
    """A row, and the recording it goes with, if it has one."""

    row: LogRow
    recording_id: str


@dataclass(frozen=True)
class PersonRows:
    """The newest. ``more``: there are older ones, which are not among them."""

    rows: Sequence[PersonRow]
    more: bool


class PersonLog:
    """Asks the opener's control socket in a visitor's name, which is put on record. Safe to use from any thread.

    Every method raises ``ServiceAway`` when the opener does not answer, ``NotAllowed`` when it refuses, and
    ``SettingsError`` or ``ActionRefused`` for what makes no sense.
    """

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def find(self, who: Visitor, case_id: str) -> PersonRows:
        answer = self._opener.post("/call-log/of-person", {"case_id": case_id}, token=who.token)
        rows = [PersonRow(LogRow.from_json(each["row"]), each["recording_id"] or "") for each in answer["rows"]]
        return PersonRows(rows, bool(answer["more"]))

    def erase(self, who: Visitor, row_ids: Sequence[str], because: str) -> int:
        """Returns how many went; those that found a recording meanwhile go with that."""
        body = {"rows": list(row_ids), "because": because[:1000]}
        return int(self._opener.post("/call-log/erase", body, token=who.token)["erased"])


class Pages(Protocol):
    """What is needed of the pages of cases."""

    @property
    def zone(self) -> ZoneInfo: ...

    def case(self, case_id: str) -> ShownCase: ...


def add_logged_calls(views: Blueprint, pages: Pages, log: PersonLog) -> None:
    """Looking is a POST: each look is in the evidence, and going back in the browser is none."""

    def shown(case: ShownCase, mistake: str = "") -> str:
        found = log.find(visitor(), case.case_id)
        return render_template(
            "cases/logged.html",
            case=case,
            rows=found.rows,
            more=found.more,
            most_erased=MOST_ERASED,
            may_erase=allowed(visitor(), Action.ERASE) and case.kind in (CaseKind.ERASURE, CaseKind.OBJECTION),
            mistake=mistake,
        )

    @views.post("/cases/<case_id>/call-log")
    @needs(Action.SEARCH_FOR_CASES)
    def logged(case_id: str) -> ResponseReturnValue:
        return shown(pages.case(case_id))

    @views.post("/cases/<case_id>/call-log.csv")
    @needs(Action.SEARCH_FOR_CASES)
    def logged_table(case_id: str) -> ResponseReturnValue:
        case = pages.case(case_id)
        content = as_table(log.find(visitor(), case_id).rows, pages.zone)
        name = f"call-log-{case.reference}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, mimetype="text/csv", headers=headers)

    @views.post("/cases/<case_id>/call-log/erase")
    @needs(Action.ERASE)
    def erase_logged(case_id: str) -> ResponseReturnValue:
        case = pages.case(case_id)
        chosen = request.form.getlist("row")
        try:
            erased = log.erase(visitor(), chosen, request.form.get("because", ""))
        except (SettingsError, ActionRefused) as mistake:
            return shown(case, in_words(mistake)), 400
        flash(_said(erased, len(chosen)), "done")
        return redirect(url_for("cases.one", case_id=case_id), 303)


def _said(erased: int, chosen: int) -> str:
    words = ngettext("%(num)s row of the call log is erased.", "%(num)s rows of the call log are erased.", erased)
    if erased < chosen:
        words += " " + _("%(left)s of those ticked go with their recordings, or had gone already.")
    return words % {"num": erased, "left": chosen - erased}


def as_table(rows: Sequence[PersonRow], zone: ZoneInfo) -> bytes:
    return spreadsheet([_(each) for each in _HEADINGS], (_cells(each, zone) for each in rows))


def _cells(each: PersonRow, zone: ZoneInfo) -> tuple[str, ...]:
    call = each.row.call
    return (
        f"{datetime.fromtimestamp(call.started_at_ms / 1000, zone):%Y-%m-%d %H:%M:%S}",
        str(call.duration_ms // 1000),
        call.direction,
        call.extension or "",
        call.number or "",
        each.row.line,
        each.row.source,
        each.recording_id,
    )
