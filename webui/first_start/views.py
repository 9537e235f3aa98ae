"""Setting up: the code on the label; the installer's part; or the office, its director, the keys on paper, the end."""

from __future__ import annotations

from typing import Protocol

from flask import Blueprint, Response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import SettingsError, SignInRefused, TooBusy, WrongDiskKey

#: Under which the form cookie has the token of a browser that gave the code.
BROWSER = "known"


class SetUp(Protocol):
    """What is done to the box. Every step after ``enter`` raises SignInRefused where the token is good no longer."""

    def enter(self, code: str, address: str) -> str: ...

    def check(self, token: str) -> None: ...

    def disk_is_locked(self, token: str) -> bool: ...

    def make(self, token: str, office: str, director: str, disk_phrase: str = "") -> None: ...

    def pass_phrase(self, token: str) -> tuple[str, str]: ...

    def disk_phrase(self, token: str) -> str: ...

    def recovery_words(self, token: str) -> list[str]: ...

    def recovery_page(self, token: str) -> bytes: ...

    def asked_words(self, token: str) -> tuple[int, ...]: ...

    def confirm(self, token: str, pass_phrase: str, words: list[str]) -> None: ...


def first_start_views(set_up: SetUp) -> Blueprint:
    views = Blueprint("first_start", __name__, url_prefix="/set-up")
    _add_code(views, set_up)
    _add_office(views, set_up)
    _add_keys(views, set_up)
    return views


def _add_code(views: Blueprint, set_up: SetUp) -> None:
    @views.get("/")
    def begin() -> ResponseReturnValue:
        return render_template("first_start/code.html")

    @views.post("/code")
    def enter() -> ResponseReturnValue:
        try:
            session[BROWSER] = set_up.enter(request.form.get("code", ""), request.remote_addr or "::")
        except SignInRefused as mistake:
            return render_template("first_start/code.html", mistake=str(mistake)), 401
        except TooBusy as mistake:
            return render_template("first_start/code.html", mistake=str(mistake)), 429
        return redirect(url_for("first_start.parts"), 303)

    @views.get("/parts")
    def parts() -> ResponseReturnValue:
        return render_template("first_start/parts.html")


def _add_office(views: Blueprint, set_up: SetUp) -> None:
    @views.get("/office")
    def office() -> ResponseReturnValue:
        return render_template("first_start/office.html", name="", director="", locked=set_up.disk_is_locked(_token()))

    @views.post("/office")
    def make() -> ResponseReturnValue:
        name, director = request.form.get("office", ""), request.form.get("director", "")
        try:
            set_up.make(_token(), name, director, request.form.get("disk_phrase", ""))
        except (SettingsError, WrongDiskKey, TooBusy) as mistake:
            page = render_template(
                "first_start/office.html",
                mistake=str(mistake),
                name=name,
                director=director,
                locked=set_up.disk_is_locked(_token()),
            )
            return page, 429 if isinstance(mistake, TooBusy) else 422
        return redirect(url_for("first_start.keys"), 303)


def _add_keys(views: Blueprint, set_up: SetUp) -> None:
    @views.get("/keys")
    def keys() -> ResponseReturnValue:
        return _keys_page(set_up)

    @views.get("/recovery-key.pdf")
    def paper() -> ResponseReturnValue:
        return Response(set_up.recovery_page(_token()), mimetype="application/pdf")

    @views.get("/written-down")
    def written_down() -> ResponseReturnValue:
        return render_template("first_start/written_down.html", asked=set_up.asked_words(_token()))

    @views.post("/written-down")
    def confirm() -> ResponseReturnValue:
        form, asked = request.form, set_up.asked_words(_token())
        try:
            set_up.confirm(_token(), form.get("pass_phrase", ""), [form.get(f"word_{number}", "") for number in asked])
        except SettingsError as mistake:
            return render_template("first_start/written_down.html", asked=asked, mistake=str(mistake)), 422
        return render_template("first_start/done.html")


def _keys_page(set_up: SetUp) -> str:
    director, pass_phrase = set_up.pass_phrase(_token())
    words = set_up.recovery_words(_token())
    return render_template(
        "first_start/keys.html",
        director=director,
        pass_phrase=pass_phrase,
        disk_phrase=set_up.disk_phrase(_token()),
        words=words,
    )


def _token() -> str:
    return str(session.get(BROWSER, ""))
