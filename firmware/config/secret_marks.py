"""Knowing that a password changed without keeping it: two bytes of a keyed digest tell that, and hardly more."""

from __future__ import annotations

import hashlib
import hmac

from firmware.config.kept_secrets import STARS
from firmware.config.settings_model import Settings
from firmware.core.settings_changes import flat

_MARK_BYTES = 2


def secret_marks(settings: Settings, salt: str) -> dict[str, str]:
    """Of each secret, by its path as ``settings_changes`` names it."""
    values = flat(settings.to_document())
    secret = (path for path, shown in flat(settings.to_shown()).items() if shown == STARS)
    return {path: _mark(str(values[path]), salt) for path in secret}


def _mark(value: str, salt: str) -> str:
    return hmac.digest(salt.encode(), value.encode(), hashlib.sha256)[:_MARK_BYTES].hex()
