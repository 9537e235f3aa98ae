"""A page that answers what people ask first, and the table of roles against actions."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action, Role, may
from webui.access.gatekeeper import signed_in


def help_views() -> Blueprint:
    """The help page, for everybody signed in."""
    views = Blueprint("help", __name__)

    @views.get("/help")
    @signed_in
    def page() -> ResponseReturnValue:
        rows = [(str(action).capitalize(), [may(role, action) for role in Role]) for action in Action]
        return render_template("help/page.html", roles=[role.shown for role in Role], rows=rows)

    return views
