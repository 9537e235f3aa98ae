"""Sealing what names people while it waits in the spool, which lies on a partition that is not encrypted.

The recorder seals to a public key beside the spool. The private half lies on the data disk, where the catalogue lies as
well: whoever has the disk open can read both, and a thief of a locked box neither. It opens no recording.

Sealed by HPKE (RFC 9180, base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305). Both halves are 32 raw bytes.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"earmark spool"
KEY_BYTES = 32


def new_spool_key() -> bytes:
    """The private half."""
    return X25519PrivateKey.generate().private_bytes_raw()


def spool_public_key(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(content: bytes, public: bytes) -> bytes:
    return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(public), info=_INFO)


def open_sealed(sealed: bytes, private: bytes) -> bytes | None:
    """None: it was sealed to another data disk's key, or is damaged."""
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info=_INFO)
    except (InvalidTag, ValueError):
        return None
