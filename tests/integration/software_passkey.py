"""A passkey made of software: what a browser and its authenticator answer (W3C WebAuthn), for tests."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

_PRESENT, _VERIFIED, _CREDENTIAL = 0x01, 0x04, 0x40


@dataclass
class SoftwarePasskey:
    """One key for one host. ``verifies`` is whether it saw a finger or a PIN, beyond a touch."""

    origin: str = "https://earmark.local:8443"
    verifies: bool = True
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: Mapping[str, Any]) -> dict[str, Any]:
        asked = options["publicKey"]
        client = self._client_data("webauthn.create", asked["challenge"])
        credential = AttestedCredentialData.create(bytes(16), self.credential_id, self._public())
        data = self._data(asked["rp"]["id"], _CREDENTIAL, bytes(credential))
        attestation = bytes(AttestationObject.create("none", AuthenticatorData(data), {}))
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def sign(self, options: Mapping[str, Any]) -> dict[str, Any]:
        asked = options["publicKey"]
        self.counter += 1
        client = self._client_data("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], 0, b"")
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _public(self) -> ES256:
        """As COSE writes it: RFC 9053, 7.1.1."""
        point = self.key.public_key().public_numbers()
        return ES256({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def _data(self, host: str, flags: int, credential: bytes) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        head = hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")
        return head + credential

    def _client_data(self, kind: str, challenge: str) -> bytes:
        websafe_decode(challenge)
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: Mapping[str, bytes]) -> dict[str, Any]:
        shown = websafe_encode(self.credential_id)
        return {
            "id": shown,
            "rawId": shown,
            "type": "public-key",
            "response": {name: websafe_encode(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }
