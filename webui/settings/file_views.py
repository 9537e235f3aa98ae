"""All settings as one file: to look at, to keep elsewhere, and to take in."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import ActionRefused, NotAllowed, SettingsError
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import allowed, needs, visitor
from webui.error_words import in_words, lines_of
from webui.sent_files import Room
from webui.settings.naming import said_path
from webui.settings.own_browser import looked_at
from webui.settings.saying import say_what_became
from webui.settings.settings_desk import Judged, SettingsDesk
from webui.translation import gettext as _

_NAME = "earmark-settings.toml"
_LARGEST = 1 << 19

FILE_ROOMS = {"settings.take": Room(f"{__name__}.take", _LARGEST)}


def add_file(views: Blueprint, desk: SettingsDesk) -> None:
    @views.get("/file")
    @needs(*LOOKING)
    def file() -> ResponseReturnValue:
        return _drawn(desk)

    @views.get(f"/file/{_NAME}")
    @needs(*LOOKING)
    def starred() -> ResponseReturnValue:
        return _download(desk.file(visitor(), reveal=False))

    @views.post("/file/with-passwords")
    @needs(Action.CHANGE_SETTINGS)
    def whole() -> ResponseReturnValue:
        return _download(desk.file(visitor(), reveal=True))

    @views.post("/file")
    @needs(*LOOKING)
    def take() -> ResponseReturnValue:
        """Only looked at, or taken in: nothing of the file goes back to the browser."""
        current_app.extensions["csrf"].protect()
        try:
            toml, name = _sent()
            looked = looked_at(desk.look_at_file(visitor(), toml, name), request.remote_addr or "")
            if looked.mistakes:
                told = [f"{said_path('.'.join(map(str, path)))}: {what}" for path, what in looked.mistakes.items()]
                return _drawn(desk, wrong=told), 422
            if request.form.get("do") != "take":
                return _drawn(desk, looked=looked)
            done = desk.take_file(visitor(), toml, name, request.form.get("version", ""))
        except SettingsError as wrong:
            return _drawn(desk, wrong=lines_of(wrong)), 422
        except (ActionRefused, NotAllowed) as refused:
            return _drawn(desk, wrong=[in_words(refused)]), 409
        say_what_became(done)
        return redirect(url_for("settings.page"), 303)


def _drawn(desk: SettingsDesk, looked: Judged | None = None, wrong: list[str] | None = None) -> str:
    return render_template(
        "settings/file.html",
        version=desk.shown(visitor()).version,
        looked=looked,
        wrong=wrong or [],
        name=_NAME,
        may_reveal=allowed(visitor(), Action.CHANGE_SETTINGS),
        largest=_LARGEST,
    )


def _download(toml: str) -> Response:
    answer = Response(toml, mimetype="application/toml")
    answer.headers.set("Content-Disposition", "attachment", filename=_NAME)
    return answer


def _sent() -> tuple[str, str]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise SettingsError(_("No file was sent."), _("Choose the one that ends in .toml."))
    try:
        return file.stream.read().decode(), file.filename[-60:]
    except UnicodeDecodeError:
        raise SettingsError(_("That file is not UTF-8 text."), _("Save it as UTF-8 and try again.")) from None
