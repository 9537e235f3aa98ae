"""A page that answers what people ask first, the table of roles against actions, and that of the front panel."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Role
from firmware.core.panel_light import BUTTON
from webui.access.gatekeeper import signed_in
from webui.help.light_rows import STRIP_S, answers, states
from webui.help.role_table import role_table


def help_views() -> Blueprint:
    """The help pages, for everybody signed in."""
    views = Blueprint("help", __name__)

    @views.get("/help")
    @signed_in
    def page() -> ResponseReturnValue:
        return render_template("help/page.html")

    @views.get("/help/roles")
    @signed_in
    def roles() -> ResponseReturnValue:
        return render_template("help/roles.html", roles=list(Role), groups=role_table())

    @views.get("/help/panel")
    @signed_in
    def panel() -> ResponseReturnValue:
        return render_template("help/panel.html", button=BUTTON, states=states(), answers=answers(), strip_s=STRIP_S)

    return views
