"""The few pages with which a new box is set up: a web application of its own, which has no people and no recordings."""

from __future__ import annotations

import secrets
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, g, request, session, url_for
from flask_wtf import CSRFProtect

from webui.access.opener import Visitor
from webui.error_pages import explain_errors
from webui.first_start.fitting import SECTIONS, DraftDesk, Fitting
from webui.first_start.installer_views import installer_views
from webui.first_start.views import BROWSER, SetUp, first_start_views
from webui.security_headers import guard_headers
from webui.settings.views import form_views
from webui.template_filters import add_filters
from webui.translation import translate

#: A line with many telephones is a long form.
_FORM_BYTES = 256 * 1024
#: What is there for whoever has not given the code yet: the page that asks for it.
_BEFORE_THE_CODE = frozenset({"static", "home", "first_start.begin", "first_start.enter"})
_NOBODY = Visitor("", "", "", 0)


def create_first_start(set_up: SetUp, fitting: Fitting) -> Flask:
    """The pages as a WSGI app, to be served by TLS."""
    app = Flask("webui", root_path=str(Path(__file__).parents[1]))
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="__Host-earmark-set-up",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=True,
        MAX_CONTENT_LENGTH=_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which our own pages do not send
    )
    guard_headers(app, ())
    translate(app)
    add_filters(app, ZoneInfo("Europe/London"))
    CSRFProtect(app)
    _guard(app, set_up)
    explain_errors(app)
    app.register_blueprint(first_start_views(set_up))
    app.register_blueprint(installer_views(fitting))
    desk = DraftDesk(fitting)
    app.register_blueprint(form_views(desk, SECTIONS, lambda: url_for("installer.step", guide_step="lines")))
    app.add_url_rule("/", "home", app.view_functions["first_start.begin"])
    app.context_processor(lambda: {"visitor": None, "office": ""})
    return app


def _guard(app: Flask, set_up: SetUp) -> None:
    """Everything but the first page is for the browser that gave the code last."""

    @app.before_request
    def check() -> None:
        if request.endpoint is not None and request.endpoint not in _BEFORE_THE_CODE:
            set_up.check(str(session.get(BROWSER, "")))
        g.visitor = _NOBODY
