"""The key that the office signs exported calls with: RSA, with a certificate of its own beside it.

It opens nothing. The opener has it, and whoever checks a signature compares the certificate's fingerprint with that in
the evidence, which signed checkpoints vouch for.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from firmware.adapters.keys.own_places import is_dns_name
from firmware.adapters.settings.atomic_storage import locked, replace_file
from firmware.core.errors import StorageError
from firmware.core.vcon.signed import Signature

#: Good beyond 2030 (NIST SP 800-57, part 1).
_BITS = 3072
_LASTS = timedelta(days=20 * 365)
_NO_NAME = "earmark.invalid"
_LONGEST_NAME = 64  # RFC 5280, appendix A.1


class ExportKey:
    """``SigningKey`` over one file that has key and certificate. Any thread; making the key takes a second or more.

    Args:
        office: its name, for the certificate.
        host: the box's own name.
    """

    def __init__(self, path: Path, office: str, host: str) -> None:
        self._path = path
        self._office = office
        self._host = host if is_dns_name(host) else _NO_NAME
        self._turn = threading.Lock()
        self._known: tuple[rsa.RSAPrivateKey, x509.Certificate] | None = None

    def is_made(self) -> bool:
        return self._path.exists()

    def fingerprint(self) -> str:
        return self._pair()[1].fingerprint(SHA256()).hex()

    def sign(self, digest: bytes) -> Signature:
        key, certificate = self._pair()
        value = key.sign(digest, padding.PKCS1v15(), Prehashed(SHA256()))
        return Signature(value, [b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")])

    def _pair(self) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        with self._turn:
            if self._known is None:
                with locked(self._path):
                    self._known = self._read() if self._path.exists() else self._make()
            return self._known

    def _read(self) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        try:
            content = self._path.read_bytes()
            key, certificate = load_pem_private_key(content, None), x509.load_pem_x509_certificate(content)
        except (OSError, ValueError, TypeError) as error:
            raise self._damaged() from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise self._damaged()
        return key, certificate

    def _make(self) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        certificate = self._certificate(key)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        replace_file(self._path, private + certificate.public_bytes(Encoding.PEM))
        return key, certificate

    def _certificate(self, key: rsa.RSAPrivateKey) -> x509.Certificate:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._office[:_LONGEST_NAME]),
                x509.NameAttribute(NameOID.COMMON_NAME, "Exported calls"),
            ]
        )
        now, use = datetime.now(UTC), dict.fromkeys(_OTHER_USES, False)
        return (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + _LASTS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **use), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(self._host)]), critical=False)
            .sign(key, SHA256())
        )

    def _damaged(self) -> StorageError:
        return StorageError(
            f"{self._path} is not the key that exported calls are signed with.",
            "Remove it: another is made with the next export, and what was signed before stays signed.",
        )


_OTHER_USES = (
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
