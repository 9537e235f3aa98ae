"""Setting up a second factor: by somebody at their first sign-in, who must, or by somebody signed in, who wants to.

Both see the same pages. They differ in whose token is used and in where it leads afterwards, which is a
:class:`Setter`'s to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from firmware.core.sign_in_stage import Stage
from webui.access import passkey_form
from webui.access.account_desk import AccountDesk, FactorSet
from webui.access.gatekeeper import public, signed_in, visitor
from webui.access.half_way import HalfWay
from webui.access.turns import Turns
from webui.error_words import in_words
from webui.translation import gettext as _

View = Callable[..., ResponseReturnValue]


class Setter(Protocol):
    """Who sets up a second factor."""

    #: Whether the pass phrase is asked for again: a sign-in may have been left open by its person.
    asks_pass_phrase: bool

    def open_to(self, view: View) -> View:
        """Mark a view as one for them."""
        ...

    def token(self) -> str: ...

    def is_here(self) -> bool:
        """Whether their sign-in is at the stage for it."""
        ...

    def turned_away(self) -> ResponseReturnValue:
        """What somebody gets whose sign-in is not."""
        ...

    def where_to(self, done: FactorSet) -> str:
        """The page after this."""
        ...

    def go_on(self, answer: Response, done: FactorSet) -> None:
        """Let the browser have what it needs for that page."""
        ...


class AtFirstSignIn:
    """Somebody whose role must have a second factor and who has none yet."""

    asks_pass_phrase = False

    def __init__(self, half_way: HalfWay) -> None:
        self._half_way = half_way

    def open_to(self, view: View) -> View:
        return public(view)

    def token(self) -> str:
        return self._half_way.token

    def is_here(self) -> bool:
        return self._half_way.step(Stage.SET_SECOND_FACTOR) is not None

    def turned_away(self) -> ResponseReturnValue:
        return self._half_way.start_again("step")

    def where_to(self, done: FactorSet) -> str:
        waits = done.onwards is not None and done.onwards.stage is Stage.WAITING
        return url_for("access.waiting") if waits else self._half_way.where_to()

    def go_on(self, answer: Response, done: FactorSet) -> None:
        if done.onwards is not None:
            self._half_way.remember(answer, done.onwards)


class WhenSignedIn:
    """Somebody who is signed in."""

    asks_pass_phrase = True

    def open_to(self, view: View) -> View:
        return signed_in(view)

    def token(self) -> str:
        return visitor().token

    def is_here(self) -> bool:
        return True

    def turned_away(self) -> ResponseReturnValue:
        return redirect(url_for("access.sign_in"), 303)

    def where_to(self, done: FactorSet) -> str:
        return url_for("account.page")

    def go_on(self, answer: Response, done: FactorSet) -> None:
        """The session goes on as it was."""


def set_up_views(desk: AccountDesk, half_way: HalfWay, turns: Turns) -> Blueprint:
    """The pages to which a first sign-in leads where a second factor is required."""
    views = Blueprint("set_up", __name__, url_prefix="/sign-in/set-up")
    pages = FactorPages(desk, AtFirstSignIn(half_way), turns)

    @views.get("")
    @public
    def page() -> ResponseReturnValue:
        return render_template("access/set_up.html") if pages.setter.is_here() else pages.setter.turned_away()

    pages.add_to(views)
    return views


class FactorPages:
    """The pages for a code app and for a passkey."""

    def __init__(self, desk: AccountDesk, setter: Setter, turns: Turns) -> None:
        self.setter = setter
        self._desk = desk
        self._turns = turns

    def add_to(self, views: Blueprint) -> None:
        get, post = ["GET"], ["POST"]
        for name, path, view, methods in (
            ("code_app", "/code-app", self._code_app_form, get),
            ("begin_code_app", "/code-app", self._begin_code_app, post),
            ("finish_code_app", "/code-app/code", self._finish_code_app, post),
            ("passkey", "/passkey", self._passkey_form, get),
            ("passkey_options", "/passkey/options", self._passkey_options, post),
            ("finish_passkey", "/passkey", self._finish_passkey, post),
        ):
            views.add_url_rule(path, name, self._guarded(view), methods=methods)

    def _guarded(self, view: View) -> View:
        setter = self.setter

        def guarded() -> ResponseReturnValue:
            return view() if setter.is_here() else setter.turned_away()

        return setter.open_to(guarded)

    # -- a code app

    def _code_app_form(self, mistake: str = "") -> str:
        return self._drawn("access/code_app.html", mistake)

    def _begin_code_app(self) -> ResponseReturnValue:
        try:
            with self._turns.one():
                new = self._desk.begin_codes(self.setter.token(), request.form.get("password", ""))
        except passkey_form.MISTAKES as mistake:
            return self._code_app_form(in_words(mistake)), 422
        return render_template("access/code_app_code.html", new=new)

    def _finish_code_app(self) -> ResponseReturnValue:
        try:
            done = self._desk.finish_codes(self.setter.token(), request.form.get("code", ""))
        except passkey_form.MISTAKES as mistake:
            return render_template("access/code_app_code.html", new=None, mistake=in_words(mistake)), 422
        return self._done(done, _("Your code app is set up."))

    # -- a passkey

    def _passkey_form(self, mistake: str = "") -> str:
        return self._drawn("access/passkey.html", mistake, name=request.form.get("name", ""))

    def _passkey_options(self) -> ResponseReturnValue:
        def ask() -> Mapping[str, Any]:
            host, origin = passkey_form.page_host(), passkey_form.page_origin()
            with self._turns.one():
                return self._desk.begin_passkey(self.setter.token(), host, origin, request.form.get("password", ""))

        return passkey_form.options_answer(ask)

    def _finish_passkey(self) -> ResponseReturnValue:
        name, origin = request.form.get("name", ""), passkey_form.page_origin()
        try:
            done = self._desk.finish_passkey(self.setter.token(), name, origin, passkey_form.credential())
        except passkey_form.MISTAKES as mistake:
            return self._passkey_form(in_words(mistake)), 422
        return self._done(done, _("Your passkey is set up."))

    # -- both

    def _done(self, done: FactorSet, words: str) -> ResponseReturnValue:
        where_to = self.setter.where_to(done)
        if done.recovery_codes:
            codes = done.recovery_codes
            shown = render_template("access/recovery_codes.html", codes=codes, where_to=where_to, did=words)
            answer = Response(shown, mimetype="text/html")
        else:
            flash(words, "note")
            answer = redirect(where_to, 303)
        self.setter.go_on(answer, done)
        return answer

    def _drawn(self, template: str, mistake: str, **shown: str) -> str:
        return render_template(template, mistake=mistake, asks_pass_phrase=self.setter.asks_pass_phrase, **shown)
