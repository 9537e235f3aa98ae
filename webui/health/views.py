"""How the box is, for the person who looks after it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from webui.access.gatekeeper import needs
from webui.health.process_states import ask, keeper_facts, line_facts, opener_facts, recorder_facts, verdict
from webui.health.room import room_of


def health_views(
    lines: ControlClient, recorder: ControlClient, opener: ControlClient, keeper: ControlClient
) -> Blueprint:
    """The health page. It asks each process anew whenever it is looked at."""
    views = Blueprint("health", __name__)

    @views.get("/health")
    @needs(Action.SEE_HEALTH)
    def page() -> ResponseReturnValue:
        processes = [
            ask("Lines", "Holds the phone calls.", lines, line_facts),
            ask("Recorder", "Seals what is said and writes it to disk.", recorder, recorder_facts),
            ask("Opener", "Signs people in and opens recordings for them.", opener, opener_facts),
            ask("Keeper", "Keeps recordings for their time, and no longer.", keeper, keeper_facts),
        ]
        return render_template(
            "health/page.html",
            processes=processes,
            verdict=verdict(processes),
            room=room_of(keeper),
            now=datetime.now(UTC),
        )

    return views
