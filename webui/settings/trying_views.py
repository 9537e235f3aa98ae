"""What would happen to a call, by the settings in effect: nothing is called, and nothing is changed."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from firmware.core.errors import LineError, SettingsError
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import needs, visitor
from webui.error_words import in_words
from webui.settings.settings_desk import SettingsDesk

_FIELDS = ("calling", "dialled", "at", "line", "direction")


def add_trying(views: Blueprint, desk: SettingsDesk) -> None:
    @views.get("/try")
    @needs(*LOOKING)
    def try_form() -> ResponseReturnValue:
        return render_template("settings/try.html", call={"at": "now"}, lines=_lines(desk))

    @views.post("/try")
    @needs(*LOOKING)
    def try_call() -> ResponseReturnValue:
        """By POST: numbers do not belong into addresses."""
        call = {name: request.form.get(name, "").strip()[:80] for name in _FIELDS}
        try:
            found = desk.explained(visitor(), {**call, "at": call["at"] or "now"})
        except (SettingsError, LineError) as wrong:
            return render_template("settings/try.html", call=call, lines=_lines(desk), mistake=in_words(wrong)), 422
        return render_template("settings/try.html", call=call, lines=_lines(desk), found=found)


def _lines(desk: SettingsDesk) -> list[str]:
    return [line["name"] for line in desk.shown(visitor()).document["lines"] if line["kind"] != "generator"]
