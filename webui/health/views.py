"""How the box is, for the person who looks after it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from firmware.core.errors import NoSuchFinding, SettingsError
from firmware.core.lines_instance import LinesInstance
from webui.access.gatekeeper import allowed, needs, visitor
from webui.form_answers import answered
from webui.health.findings import FindingDesk, findings_of, shut_pages
from webui.health.lines_states import FACTS, WORDS
from webui.health.process_states import ProcessState, ask, keeper_facts, opener_facts, recorder_facts, verdict
from webui.health.room import room_of
from webui.live_calls.lines import Lines
from webui.translation import gettext as _


def health_views(lines: Lines, recorder: ControlClient, opener: ControlClient, keeper: ControlClient) -> Blueprint:
    """The health page. It asks each process anew whenever it is looked at."""
    views, desk = Blueprint("health", __name__), FindingDesk(opener)

    @views.get("/health")
    @needs(Action.SEE_HEALTH)
    def page() -> ResponseReturnValue:
        return _page()

    @views.post("/health/known")
    @needs(Action.ACKNOWLEDGE)
    def acknowledge() -> ResponseReturnValue:
        days = request.form.get("for_days", "")

        def say() -> str:
            desk.acknowledge(visitor(), request.form.get("finding", ""), int(days) if days.isdecimal() else None)
            return _(
                "It is noted that you know. You are told again only when it becomes worse, or when that time is over."
            )

        return answered(say, _page, url_for("health.page"), (NoSuchFinding, SettingsError))

    def _page(mistake: str = "") -> str:
        processes = [
            *(_of_lines(instance, lines.client(instance)) for instance in lines.processes),
            ask(_("Recorder"), _("Seals what is said and writes it to disk."), recorder, recorder_facts),
            ask(_("Opener"), _("Signs people in and opens recordings for them."), opener, opener_facts),
            ask(_("Keeper"), _("Keeps recordings for their time, and no longer."), keeper, keeper_facts),
        ]
        findings = findings_of(keeper)
        return render_template(
            "health/page.html",
            processes=processes,
            findings=findings,
            mistake=mistake,
            shut_pages=shut_pages(visitor()),
            may_update=allowed(visitor(), Action.UPDATE),
            may_acknowledge=allowed(visitor(), Action.ACKNOWLEDGE),
            verdict=verdict(processes, len(findings.wrong) if findings else 0),
            room=room_of(keeper),
            now=datetime.now(UTC),
        )

    return views


def _of_lines(instance: LinesInstance, client: ControlClient) -> ProcessState:
    name, does = WORDS[instance]
    return ask(_(name), _(does), client, FACTS[instance])
