"""The page of the data disk. Everything is refused or done by the box's own process; this only asks."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import StorageError, TooBusy, WrongDiskKey
from webui.access.gatekeeper import allowed, needs, visitor
from webui.disk.disk_desk import DiskDesk
from webui.form_answers import answered
from webui.translation import gettext as _

_MISTAKES = (WrongDiskKey, TooBusy, StorageError)


def disk_views(desk: DiskDesk) -> Blueprint:
    views = Blueprint("disk", __name__)

    def drawn(mistake: str = "") -> str:
        return render_template(
            "disk/page.html", disk=desk.shown(), mistake=mistake, may_open_disk=allowed(visitor(), Action.OPEN_DISK)
        )

    @views.get("/disk")
    @needs(Action.SEE_HEALTH)
    def page() -> ResponseReturnValue:
        return drawn()

    @views.post("/disk/unlock")
    @needs(Action.OPEN_DISK)
    def unlock() -> ResponseReturnValue:
        def task() -> str:
            desk.unlock(visitor(), request.form.get("pass_phrase", ""))
            return _("The data disk is unlocked. What waits in the spool is being taken in.")

        return answered(task, drawn, url_for(".page"), _MISTAKES)

    @views.post("/disk/lock")
    @needs(Action.OPEN_DISK)
    def lock() -> ResponseReturnValue:
        desk.lock(visitor())
        flash(_("The data disk is locked."), "note")
        return redirect(url_for(".page"), 303)

    return views
