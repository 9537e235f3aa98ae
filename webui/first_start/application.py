"""The few pages with which a new box is set up: a web application of its own, which has no people and no recordings."""

from __future__ import annotations

import secrets
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect

from webui.error_pages import explain_errors
from webui.first_start.views import SetUp, first_start_views
from webui.security_headers import guard_headers

_FORM_BYTES = 16 * 1024


def create_first_start(set_up: SetUp) -> Flask:
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
    CSRFProtect(app)
    explain_errors(app)
    app.register_blueprint(first_start_views(set_up))
    app.add_url_rule("/", "home", app.view_functions["first_start.begin"])
    app.context_processor(lambda: {"visitor": None, "office": ""})
    return app
