"""The page of what the law asks: what is in place, what is missing, and a director's word where no machine sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from firmware.core.compliance.duty import Duty
from firmware.core.errors import ActionRefused, SettingsError
from webui.access.gatekeeper import allowed, mark_of, needs, visitor
from webui.compliance.breach_views import add_breaches
from webui.compliance.duty_desk import DutyDesk
from webui.compliance.items import Link, item_of, looked_at
from webui.compliance.law import AS_OF, laws
from webui.compliance.paper_views import Printing, add_papers_to_print
from webui.compliance.printables import printables
from webui.compliance.verdicts import Verdict
from webui.compliance.what_is_asked import groups
from webui.form_answers import answered
from webui.translation import gettext as _
from webui.wording import full_day

_MISTAKES = (SettingsError, ActionRefused)


@dataclass(frozen=True)
class CompliancePages:
    """Draws them."""

    desk: DutyDesk
    printing: Printing

    def page(self) -> str:
        who = visitor()
        facts = self.desk.facts(who)
        return render_template(
            "compliance/page.html",
            overview=looked_at(facts, groups()),
            verdicts=Verdict,
            facts=facts,
            laws={law.key: law for law in laws()},
            law_as_of=AS_OF,
            address_of=address_of,
            printables=printables(facts.office, self.printing.office).values(),
            may_confirm=allowed(who, Action.CONFIRM_DUTIES),
            may_record=allowed(who, Action.RECORD_BREACHES),
        )

    def duty(self, duty: Duty, mistake: str = "", typed: Mapping[str, str] | None = None) -> str:
        who = visitor()
        today = datetime.now(self.desk.zone).date()
        return render_template(
            "compliance/duty.html",
            item=item_of(duty, groups()),
            said=self.desk.said_of(who, duty),
            today=today,
            latest=duty.holds.after(today),
            mistake=mistake,
            typed=typed or {},
            may_confirm=allowed(who, Action.CONFIRM_DUTIES),
        )


def compliance_views(pages: CompliancePages) -> Blueprint:
    """For those who see how the office stands; the opener says what each may say of it."""
    views = Blueprint("compliance", __name__, url_prefix="/compliance")

    @views.get("")
    @needs(Action.SEE_COMPLIANCE)
    def page() -> ResponseReturnValue:
        return pages.page()

    @views.get("/law")
    @needs(Action.SEE_COMPLIANCE)
    def law() -> ResponseReturnValue:
        return render_template("compliance/law.html", laws=laws(), as_of=AS_OF)

    @views.get("/duties/<duty>")
    @needs(Action.SEE_COMPLIANCE)
    def duty(duty: str) -> ResponseReturnValue:
        return pages.duty(_duty(duty))

    @views.post("/duties/<duty>")
    @needs(Action.CONFIRM_DUTIES)
    def confirm(duty: str) -> ResponseReturnValue:
        which = _duty(duty)

        def task() -> str:
            said = pages.desk.confirm(visitor(), which, request.form)
            day = full_day(said.until)
            return _("Confirmed, and in the evidence. It is to be looked at again by %(day)s.") % {"day": day}

        def again(mistake: str) -> str:
            return pages.duty(which, mistake, request.form)

        return answered(task, again, url_for(".page"), _MISTAKES)

    add_breaches(views, pages.desk)
    add_papers_to_print(views, pages.printing)
    return views


def address_of(link: Link) -> str:
    """Where a link leads; empty where this page has no such part, or it is not this visitor's to open."""
    mark = mark_of(current_app.view_functions.get(link.endpoint))
    if not isinstance(mark, tuple) or (mark and not any(allowed(visitor(), action) for action in mark)):
        return ""
    values: dict[str, Any] = dict(link.values)
    return url_for(link.endpoint, _anchor=link.anchor or None, **values)


def _duty(name: str) -> Duty:
    try:
        return Duty(name)
    except ValueError:
        abort(404)
