"""The page of updates. Everything is refused or done by the box's own process; this only asks, and takes in a file."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from firmware.core.errors import MissingComponent, ServiceAway, StorageError, TooBusy, UpdateRefused
from firmware.core.system_update import LARGEST_BYTES
from webui.access.gatekeeper import background, needs, visitor
from webui.form_answers import answered
from webui.translation import gettext as _
from webui.updates.sent_update import UpdateShelf
from webui.updates.update_desk import UpdateDesk

_MISTAKES = (UpdateRefused, StorageError, MissingComponent, ServiceAway, TooBusy)
_LONGEST_URL = 2000

#: Does something, and gives what is to be said of it.
Task = Callable[[], str]


def update_views(desk: UpdateDesk, shelf: UpdateShelf) -> Blueprint:
    views = Blueprint("updates", __name__, url_prefix="/updates")

    def drawn(mistake: str = "") -> str:
        return render_template("updates/page.html", box=desk.shown(), mistake=mistake, largest=LARGEST_BYTES)

    def done(task: Task) -> ResponseReturnValue:
        return answered(task, drawn, url_for("updates.page"), _MISTAKES)

    @views.get("")
    @needs(Action.UPDATE)
    def page() -> ResponseReturnValue:
        return drawn()

    @views.get("/now")
    @needs(Action.UPDATE)
    @background
    def now() -> ResponseReturnValue:
        """The same page, as it asks for itself while something goes on."""
        return drawn()

    _add_sending(views, desk, shelf, done)
    _add_acts(views, desk, done)
    return views


def _add_acts(views: Blueprint, desk: UpdateDesk, done: Callable[[Task], ResponseReturnValue]) -> None:
    @views.post("/fetch")
    @needs(Action.UPDATE)
    def fetch() -> ResponseReturnValue:
        def task() -> str:
            desk.apply_from(visitor(), request.form.get("url", "").strip()[:_LONGEST_URL], at_once=_at_once())
            return _("The update is being fetched.")

        return done(task)

    @views.post("/restart")
    @needs(Action.UPDATE)
    def restart() -> ResponseReturnValue:
        def task() -> str:
            desk.restart_soon(visitor())
            return _("The box restarts as soon as no call is up.")

        return done(task)

    @views.post("/go-back")
    @needs(Action.UPDATE)
    def go_back() -> ResponseReturnValue:
        def task() -> str:
            desk.go_back(visitor(), at_once=_at_once())
            return _("The box goes back to the version before when it restarts.")

        return done(task)


def _add_sending(
    views: Blueprint, desk: UpdateDesk, shelf: UpdateShelf, done: Callable[[Task], ResponseReturnValue]
) -> None:
    one_at_a_time = threading.Lock()

    @views.post("/send")
    @needs(Action.UPDATE)
    def send() -> ResponseReturnValue:
        def task() -> str:
            shelf.must_have_room(request.content_length or 0)
            if not desk.shown().is_free:
                raise UpdateRefused(_("Another update is on its way."), _("Let it come to its end first."))
            current_app.extensions["csrf"].protect()
            file = request.files.get("file")
            if file is None or not file.filename:
                raise UpdateRefused(_("No file was sent."), _("Choose the one that ends in .raucb."))
            shelf.keep(file.stream)
            desk.apply_sent(visitor(), at_once=_at_once())
            return _("The update is here. The box looks at it now.")

        if not one_at_a_time.acquire(blocking=False):
            raise TooBusy(_("An update is being sent at this moment."), _("Wait until it is here."))
        try:
            return done(task)
        finally:
            shelf.forget_part()
            one_at_a_time.release()


def _at_once() -> bool:
    return request.form.get("at_once") == "yes"
