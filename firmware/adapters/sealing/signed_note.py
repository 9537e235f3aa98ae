"""Signed notes (https://c2sp.org/signed-note) with the device's Ed25519 key.

They can be checked with Go's ``note`` package, or by hand: the signed text is everything up to and without the empty
line, the signature the last 64 bytes of the base64 in the line that begins with an em dash::

    openssl pkeyutl -verify -pubin -inkey device.pem -rawin -in text -sigfile signature
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.adapters.keys.device_key import DeviceKey, key_id
from firmware.core.evidence_chain import EvidenceFault

_DASH = "\u2014"


def sign_note(text: str, key: DeviceKey) -> str:
    """The text with its signature. ``text`` ends in a newline."""
    signature = key.key_id + key.private.sign(text.encode())
    return f"{text}\n{_DASH} {key.name} {b64encode(signature).decode('ascii')}\n"


def read_note(note: str, name: str, public: Ed25519PublicKey) -> str:
    """The text of a note that this key signed.

    Raises:
        EvidenceFault: it is no note, signed by somebody else, or changed since.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise EvidenceFault("it carries no signature")
    text += "\n"
    expected = key_id(name, public)
    for line in signatures[:-1].split("\n"):
        dash, signer, encoded = [*line.split(" ", 2), "", ""][:3]
        try:
            signature = b64decode(encoded, validate=True)
        except ValueError:
            continue
        as_signed = b64encode(signature).decode("ascii") == encoded  # base64 has bits that change nothing
        if dash == _DASH and signer == name and signature[:4] == expected and as_signed:
            try:
                public.verify(signature[4:], text.encode())
            except InvalidSignature as error:
                raise EvidenceFault(f"the signature of {name} does not verify") from error
            return text
    raise EvidenceFault(f"it is not signed by {name}")
