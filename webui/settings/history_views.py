"""What was changed when and by whom, and the way back from each change."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import ActionRefused
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import needs, visitor
from webui.settings.own_browser import looked_at
from webui.settings.saying import say_what_became
from webui.settings.settings_desk import Judged, SettingsDesk, Typed
from webui.translation import gettext as _


def add_history(views: Blueprint, desk: SettingsDesk) -> None:
    def looked_back(change: str, typed: Typed = ()) -> Judged:
        return looked_at(desk.look_back(visitor(), change, typed), request.remote_addr or "")

    @views.get("/changes")
    @needs(*LOOKING)
    def changes() -> ResponseReturnValue:
        return render_template("settings/changes.html", earlier=desk.shown(visitor()).earlier)

    @views.get("/changes/<change>")
    @needs(*LOOKING)
    def change(change: str) -> ResponseReturnValue:
        """One change, and what going back to before it would change now."""
        settings = desk.shown(visitor())
        found = next((each for each in settings.earlier if each.id == change), None)
        if found is None:
            raise ActionRefused(_("That change is not kept any more."), _("The newest fifty are."))
        return render_template(
            "settings/change.html",
            found=found,
            back=looked_back(change),
            version=settings.version,
            newest=found == settings.earlier[0],
        )

    @views.post("/changes/<change>/back")
    @needs(*LOOKING)
    def go_back(change: str) -> ResponseReturnValue:
        done = looked_back(change)
        typed = [
            (path, request.form[name])
            for number, path in enumerate(done.secrets)
            if request.form.get(name := f"secret.{number}")
        ]
        if typed:
            done = looked_back(change, typed)
        if not done.mistakes:
            done = desk.go_back(visitor(), change, request.form.get("version", ""), typed)
        if done.mistakes:
            why = "; ".join(done.mistakes.values())
            raise ActionRefused(
                _("What it was then cannot be any more: ") + why + ".", _("Change single settings instead.")
            )
        say_what_became(done)
        return redirect(url_for("settings.page"), 303)
