"""The page of what is to be done."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from webui.access.gatekeeper import signed_in, visitor
from webui.tasks.task import how_late
from webui.tasks.to_do import ToDoDesk


def task_views(desk: ToDoDesk) -> Blueprint:
    """Whoever is signed in: each is shown what their role may know of."""
    views = Blueprint("tasks", __name__)

    @views.get("/to-do")
    @signed_in
    def page() -> ResponseReturnValue:
        return render_template("tasks/page.html", to_do=desk.all(visitor()), today=desk.today, how_late=how_late)

    return views


def count_anew_after_changes(app: Flask, desk: ToDoDesk) -> None:
    """Whatever somebody sends may be one of their tasks done."""

    @app.after_request
    def changed(response: Response) -> Response:
        who = g.get("visitor")
        if request.method == "POST" and who is not None:
            desk.changed(who)
        return response
