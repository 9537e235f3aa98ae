"""Digests of codes that are typed once, keyed with the box secret."""

from __future__ import annotations

import hashlib
import hmac

from firmware.core.typed_code import typed_code


class BoxCodeDigests:
    """``CodeDigests``: HMAC-SHA-256 (RFC 2104) under a key of its own that is derived from the box secret."""

    def __init__(self, box_secret: bytes) -> None:
        self._key = hmac.digest(box_secret, b"earmark typed codes 1", hashlib.sha256)

    def digest(self, purpose: str, code: str) -> str:
        text = f"{purpose}\0{typed_code(code)}"
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
