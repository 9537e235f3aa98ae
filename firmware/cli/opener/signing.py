"""The opener's route that signs a vCon: it is given a digest, and never the sound."""

from __future__ import annotations

import binascii
import socket
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.home import Home
from firmware.services.opener import Opener
from firmware.services.vcon_signing import SigningKey, VconSigning


def vcon_signing(home: Home, opener: Opener, office: str) -> VconSigning:
    return VconSigning(opener, cache(partial(_export_key, home, office)))


def _export_key(home: Home, office: str) -> SigningKey:
    # Only now: certificates take 2 MB, and many an office never exports a call.
    from firmware.adapters.keys.export_key import ExportKey

    return ExportKey(home.export_key, office, socket.gethostname().lower())


def signing_routes(home: Home, opener: Opener, office: str) -> dict[str, Handler]:
    """``POST /recordings/{recording_id}/sign``: ``digest`` (Base64), ``vcon`` → {signature, chain}."""
    signing = vcon_signing(home, opener, office)

    def sign(request: Request) -> Mapping[str, Any]:
        try:
            digest = b64decode(request.text("digest", 100), validate=True)
        except binascii.Error:
            raise RequestRefused("'digest' is Base64.") from None
        recording_id = request.parameters["recording_id"]
        signature = signing.sign(request.token, recording_id, digest, request.text("vcon", 40))
        return {"signature": b64encode(signature.value).decode("ascii"), "chain": list(signature.chain)}

    return {"POST /recordings/{recording_id}/sign": sign}
