"""Fitting lines of an office that is at work: what they say of themselves, what is on the wires, and whose word it is
that they were tried. Calls are recorded here as the settings say; of numbers nothing is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.adapters.control.client import path_of
from firmware.core.access_policy import Action
from firmware.core.errors import ActionRefused, EarmarkError, SettingsError
from firmware.core.lines_instance import LinesInstance
from firmware.core.set_up_book import Said
from webui.access.gatekeeper import allowed, background, needs, visitor
from webui.form_answers import answered
from webui.guide.guide_desk import GuideDesk
from webui.health.lines_states import FACTS, WORDS
from webui.live_calls.lines import Lines
from webui.translation import gettext as _

_MISTAKES = (SettingsError, ActionRefused)
_LOOK_S = 2.0


def fitting_views(desk: GuideDesk, lines: Lines) -> Blueprint:
    views = Blueprint("fitting", __name__, url_prefix="/fit-lines")

    @views.get("")
    @needs(Action.TEST_LINES)
    def page() -> ResponseReturnValue:
        return _page(desk, lines)

    @views.get("/levels")
    @needs(Action.TEST_LINES)
    @background
    def levels() -> ResponseReturnValue:
        """What the page's script puts in the place of what is shown."""
        return render_template("guide/live_levels.html", **_now(lines))

    @views.post("/tried")
    @needs(Action.TEST_LINES)
    def tried() -> ResponseReturnValue:
        return _said(desk, lines, Said.LINES_TRIED)

    @views.post("/fallback")
    @needs(Action.TEST_LINES)
    def fallback() -> ResponseReturnValue:
        return _said(desk, lines, Said.FALLBACK_TRIED)

    return views


def _said(desk: GuideDesk, lines: Lines, what: Said) -> ResponseReturnValue:
    def task() -> str:
        desk.say(visitor(), what, request.form.get("note", ""))
        return _("That is noted, and in the evidence.")

    return answered(task, lambda mistake: _page(desk, lines, mistake), url_for("fitting.page"), _MISTAKES)


def _page(desk: GuideDesk, lines: Lines, mistake: str = "") -> str:
    words = desk.book(visitor()).words
    return render_template(
        "guide/fit_lines.html",
        tried=words.get(Said.LINES_TRIED),
        fallback=words.get(Said.FALLBACK_TRIED),
        may_set=allowed(visitor(), Action.CHANGE_SETTINGS),
        mistake=mistake,
        **_now(lines),
    )


def _now(lines: Lines) -> dict[str, Any]:
    """Each process with what it says; whether a call rings or is answered; and the ears of lines on wires."""
    return {"processes": [_process(lines, instance) for instance in lines.instances]}


def _process(lines: Lines, instance: LinesInstance) -> dict[str, Any]:
    health = _told(lines, instance, "/health")
    names = [str(line["name"]) for line in health.get("lines", ())] if instance == "analogue" else []
    return {
        "name": _(WORDS[instance][0]),
        "facts": FACTS[instance](health) if health else (),
        "attention": [said for line in health.get("lines", ()) for said in line.get("attention") or ()],
        "calls": [_shown(call) for call in _told(lines, instance, "/calls").get("calls", ())],
        "ears": {name: _told(lines, instance, path_of("lines", name, "ear")) for name in names},
    }


def _shown(call: Mapping[str, Any]) -> dict[str, Any]:
    return {name: call.get(name) for name in ("line", "direction", "connected_at_ms", "recording")}


def _told(lines: Lines, instance: LinesInstance, path: str) -> Mapping[str, Any]:
    try:
        return lines.client(instance, _LOOK_S).get(path)
    except EarmarkError:
        return {}
