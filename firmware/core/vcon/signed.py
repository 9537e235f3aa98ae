"""A vCon's signed form, in pieces: JWS, General JSON Serialization (RFC 7515, 7.2.1).

The sound of two hours is 20 MB, and Base64url twice makes 37 of it: it is turned into that while it is sent.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware.core.vcon.document import base64url

#: The draft asks for RS256, so that as many programs as can be can check it.
ALGORITHM = "RS256"
_PROTECTED = base64url(json.dumps({"alg": ALGORITHM, "typ": "JOSE+JSON"}).encode())
_PIECE = 3 * 64 * 1024


@dataclass(frozen=True)
class Signature:
    """Of one digest. ``chain`` is x5c: certificates in DER and Base64, that of the key first."""

    value: bytes
    chain: Sequence[str]


@dataclass(frozen=True)
class UnsignedVcon:
    """The JSON of a vCon before, of and after the sound that lies in it. Without sound ``after`` is empty."""

    uuid: str
    before: bytes
    sound: bytes = field(repr=False)
    after: bytes

    def payload(self) -> Iterator[bytes]:
        """The unsigned form, in pieces."""
        yield self.before
        yield from encoded(_pieces(self.sound))
        yield self.after

    def digest(self) -> bytes:
        """SHA-256 of what is signed (RFC 7515, 5.1)."""
        digest = hashlib.sha256(f"{_PROTECTED}.".encode("ascii"))
        for piece in encoded(self.payload()):
            digest.update(piece)
        return digest.digest()

    def signed(self, signature: Signature) -> Iterator[bytes]:
        """The signed form, in pieces."""
        yield b'{"payload":"'
        yield from encoded(self.payload())
        told = {
            "protected": _PROTECTED,
            "header": {"x5c": list(signature.chain), "uuid": self.uuid},
            "signature": base64url(signature.value),
        }
        yield b'","signatures":[' + json.dumps(told).encode() + b"]}\n"


def unsigned(document: Mapping[str, Any], sound: bytes = b"") -> UnsignedVcon:
    """A document of ``vcon_document``; ``sound`` takes the place of its dialog's body."""
    uuid = str(document["uuid"])
    if not sound:
        return UnsignedVcon(uuid, _json(document), b"", b"")
    mark = f"the sound of {uuid}"
    (dialog,) = document["dialog"]
    before, after = _json({**document, "dialog": [dialog | {"body": mark}]}).split(mark.encode())
    return UnsignedVcon(uuid, before, sound, after)


def encoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Base64url of all of them as one, without padding."""
    left = b""
    for piece in pieces:
        whole = left + piece
        most = len(whole) - len(whole) % 3
        if most:
            yield urlsafe_b64encode(whole[:most])
        left = whole[most:]
    if left:
        yield urlsafe_b64encode(left).rstrip(b"=")


def _pieces(content: bytes) -> Iterator[bytes]:
    return (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
