"""What the forms with which passkeys are made and used have in common: see ``static/passkey.js``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from firmware.core.errors import ActionRefused, EarmarkError, SettingsError, SignInRefused
from webui.error_words import in_words
from webui.translation import gettext as _

MISTAKES = (SettingsError, SignInRefused, ActionRefused)


def page_origin() -> str:
    """This page's origin, as the browser signs it (RFC 6454): ``https://earmark.local:8443``."""
    return request.host_url.rstrip("/")


def page_host() -> str:
    """The name under which passkeys are made."""
    return urlsplit(request.host_url).hostname or ""


def options_answer(ask: Callable[[], Mapping[str, Any]]) -> ResponseReturnValue:
    """What the browser is to do with a passkey, or what is in the way, for the script."""
    try:
        return jsonify(options=ask())
    except MISTAKES as mistake:
        return jsonify(said=in_words(mistake)), 401 if isinstance(mistake, SignInRefused) else 422
    except EarmarkError as trouble:
        return jsonify(said=in_words(trouble)), 503


def credential() -> Mapping[str, Any]:
    """What the browser signed.

    Raises:
        SettingsError: that is no such thing.
    """
    try:
        found = json.loads(request.form.get("credential", ""))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SettingsError(_("The browser gave no passkey."), _("Try again, or use another way."))
    return found
