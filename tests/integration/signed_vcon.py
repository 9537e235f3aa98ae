"""Reads a signed vCon as somebody else would: by another library, and by the certificate that comes with it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class ReadVcon:
    document: dict[str, Any]
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(SHA256()).hex()

    @property
    def sound(self) -> bytes:
        text = self.document["dialog"][0]["body"]
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_signed_vcon(content: bytes) -> ReadVcon:
    """
    Raises:
        joserfc.errors.BadSignatureError: it was changed, or the certificate is not the signer's.
    """
    form = json.loads(content)
    (signature,) = form["signatures"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(signature["header"]["x5c"][0]))
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    key = RSAKey.import_key(public)
    # The draft's own header (uuid) is none of those that the library knows.
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    registry.max_payload_length = len(form["payload"])
    checked = jws.deserialize_json(form, key, registry=registry)
    document = json.loads(checked.payload)
    assert signature["header"]["uuid"] == document["uuid"]
    return ReadVcon(document, certificate)
