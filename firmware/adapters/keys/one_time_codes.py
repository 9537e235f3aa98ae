"""One-time codes by ``pyotp``, and their QR code by ``segno``."""

from __future__ import annotations

import io
import secrets
from datetime import UTC, datetime

import pyotp

_STEP_S = 30
_DIGITS = 6


class TimeBasedCodes:
    """``OneTimeCodes``."""

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def address(self, secret: str, name: str, issuer: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)

    def picture(self, address: str) -> str:
        import segno  # only when somebody takes up codes: it brings what writes XML and fetches from the web

        drawn = io.BytesIO()
        segno.make(address, error="m", micro=False).save(
            drawn, kind="svg", xmldecl=False, svgns=True, scale=4, dark="#000", light="#fff"
        )
        return drawn.getvalue().decode("utf-8")

    def step_of(self, secret: str, code: str, now_ms: int) -> int | None:
        typed = "".join(code.split())
        if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
            return None
        codes = pyotp.TOTP(secret, digits=_DIGITS, interval=_STEP_S)
        this = now_ms // 1000 // _STEP_S
        fits = [
            step
            for step in (this, this - 1, this + 1)
            if secrets.compare_digest(codes.at(datetime.fromtimestamp(step * _STEP_S, UTC)), typed)
        ]
        return fits[0] if fits else None
