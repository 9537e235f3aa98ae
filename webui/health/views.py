"""How the box is, for the person who looks after it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from webui.access.gatekeeper import needs
from webui.health.lines_states import FACTS, WORDS
from webui.health.process_states import ask, keeper_facts, opener_facts, recorder_facts, verdict
from webui.health.room import room_of
from webui.live_calls.lines import Lines


def health_views(lines: Lines, recorder: ControlClient, opener: ControlClient, keeper: ControlClient) -> Blueprint:
    """The health page. It asks each process anew whenever it is looked at."""
    views = Blueprint("health", __name__)

    @views.get("/health")
    @needs(Action.SEE_HEALTH)
    def page() -> ResponseReturnValue:
        processes = [
            *(ask(*WORDS[instance], lines.client(instance), FACTS[instance]) for instance in lines.processes),
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
