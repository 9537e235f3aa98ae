"""The device key: Ed25519, signs the evidence log's checkpoints, opens nothing.

Public half as a C2SP *vkey* (``name+hash+base64``, https://c2sp.org/signed-note), private half in the matching form
that Go's ``note`` package reads (``PRIVATE+KEY+name+hash+base64``); one line each.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firmware.adapters.keys.private_files import read_key_file
from firmware.core.errors import StorageError

_ALGORITHM = b"\x01"  # Ed25519


@dataclass(frozen=True)
class DeviceKey:
    """The signing key and the name that it signs under."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def key_id(self) -> bytes:
        """The four bytes that a note's signature line starts with."""
        return key_id(self.name, self.private.public_key())

    def public_text(self) -> str:
        return _text("", self.name, self.key_id, self.private.public_key().public_bytes_raw())

    def private_text(self) -> str:
        return _text("PRIVATE+KEY+", self.name, self.key_id, self.private.private_bytes_raw())


def new_device_key(name: str) -> DeviceKey:
    return DeviceKey(name, Ed25519PrivateKey.generate())


def key_id(name: str, public: Ed25519PublicKey) -> bytes:
    """First four bytes of SHA-256(name, newline, algorithm, key): C2SP signed-note."""
    return hashlib.sha256(name.encode() + b"\n" + _ALGORITHM + public.public_bytes_raw()).digest()[:4]


def load_device_key(path: Path) -> DeviceKey:
    """Read ``device.key``.

    Raises:
        NotSetUp: it is missing.
        StorageError: it is not what this module writes.
    """
    name, _, raw = _parts(read_key_file(path), "PRIVATE+KEY+", path)
    return DeviceKey(name, Ed25519PrivateKey.from_private_bytes(raw))


def load_device_public_key(path: Path) -> tuple[str, Ed25519PublicKey]:
    """Read ``device.pub``: the name and the key. Raises as ``load_device_key``."""
    return parse_device_public_key(read_key_file(path), path)


def parse_device_public_key(content: bytes, path: Path) -> tuple[str, Ed25519PublicKey]:
    """The name and the key that a file says, which lies at ``path`` or came from there. Raises StorageError."""
    name, stated, raw = _parts(content, "", path)
    public = Ed25519PublicKey.from_public_bytes(raw)
    if stated != key_id(name, public).hex():
        raise _damaged(path)
    return name, public


def _parts(content: bytes, prefix: str, path: Path) -> tuple[str, str, bytes]:
    try:
        text = content.decode("ascii").strip()
        name, stated, encoded = text.removeprefix(prefix).split("+", 2)
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise _damaged(path) from None
    if not text.startswith(prefix) or raw[:1] != _ALGORITHM or len(raw) != 33:
        raise _damaged(path)
    return name, stated, raw[1:]


def _text(prefix: str, name: str, identifier: bytes, raw: bytes) -> str:
    return f"{prefix}{name}+{identifier.hex()}+{b64encode(_ALGORITHM + raw).decode('ascii')}"


def _damaged(path: Path) -> StorageError:
    return StorageError(f"{path} is not a device key.", "Put it back from a backup of the state folder.")
