"""A page that answers what people ask first, and the table of roles against actions."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Role
from webui.access.gatekeeper import signed_in
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

    return views
