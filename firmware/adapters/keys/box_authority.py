"""The box's own certificate authority: who is told to trust it trusts this box, and nothing else that it could sign.

It is bound to the box's names, the machine itself and private addresses (name constraints, RFC 5280 section 4.2.1.10):
who steals its key can pass for this box, and for no bank. Its life does not go by the box's clock, which may be wrong
when it is made.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.adapters.keys.own_places import Address
from firmware.core.errors import CertificateError

#: The longest life that Apple's browsers accept of any certificate (HT211025), less a day.
LEAF_LIFE = timedelta(days=397)
_AUTHORITY_FROM = datetime(2025, 1, 1, tzinfo=UTC)
_AUTHORITY_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)
_EARLY = timedelta(days=1)  # for browsers whose clock is behind
#: What an office's own networks are made of (RFC 1918, RFC 3927, RFC 4193, RFC 4291), and this machine.
_PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::1/128"),
)


@dataclass(frozen=True)
class Certificate:
    """PEM of a certificate, with the authority's after it, and of its private key."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class BoxAuthority:
    """The authority with its private key: only for whoever signs."""

    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def new(cls, names: Sequence[str], addresses: Iterable[Address]) -> Self:
        """One that may sign for these names and what is below them, these addresses, and all private ones."""
        key = ec.generate_private_key(ec.SECP256R1())
        mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Earmark box {mark.digest.hex()[:8]}")])
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(_AUTHORITY_FROM)
            .not_valid_after(_AUTHORITY_UNTIL)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.NameConstraints(_permitted(names, addresses), None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(mark, critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def read(cls, certificate: bytes, key: bytes) -> Self:
        """From PEM.

        Raises:
            CertificateError: they are damaged, or not of one another.
        """
        try:
            found, private = x509.load_pem_x509_certificate(certificate), load_pem_private_key(key, None)
        except (ValueError, TypeError) as error:
            raise CertificateError(f"The box's certificate authority cannot be read: {error}.", _ANEW) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != found.public_key():
            raise CertificateError("The box's certificate authority and its key do not belong together.", _ANEW)
        return cls(found, private)

    def private_pem(self) -> bytes:
        return _pem(self._key)

    def public_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def may_sign_for(self, name: str | Address) -> bool:
        """Whether its constraints allow a name or address."""
        extension = self.certificate.extensions.get_extension_for_class(x509.NameConstraints)
        permitted = extension.value.permitted_subtrees or []
        if isinstance(name, str):
            trees = [tree.value for tree in permitted if isinstance(tree, x509.DNSName)]
            return any(name == tree or name.endswith(f".{tree}") for tree in trees)
        networks = [tree.value for tree in permitted if isinstance(tree, x509.IPAddress)]
        return any(name in ipaddress.ip_network(network) for network in networks)

    def issue(
        self, names: Sequence[str], addresses: Sequence[Address], now: datetime, *, client: bool = False
    ) -> Certificate:
        """A certificate for exactly these, on a new key. ``client``: one to prove itself with to servers as well."""
        key = ec.generate_private_key(ec.SECP256R1())
        begins = now - _EARLY
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if client else [])]
        alternatives = [*map(x509.DNSName, names), *map(x509.IPAddress, addresses)]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str([*names, *addresses][0])[:64])])
        certificate = (
            x509.CertificateBuilder(self.certificate.subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + LEAF_LIFE)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Certificate(certificate.public_bytes(Encoding.PEM) + self.public_pem(), _pem(key))


_ANEW = "Make a new one, which everybody has to install again: earmark certificate renew --new-authority"


def _permitted(names: Sequence[str], addresses: Iterable[Address]) -> list[x509.GeneralName]:
    private = [ipaddress.ip_network(each) for each in _PRIVATE]
    own = [ipaddress.ip_network(each) for each in addresses]
    own = [each for each in own if not any(_within(each, network) for network in private)]
    return [*map(x509.DNSName, dict.fromkeys(names)), *map(x509.IPAddress, (*private, *dict.fromkeys(own)))]


def _within(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, network: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return one.version == network.version and one.network_address in network


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
