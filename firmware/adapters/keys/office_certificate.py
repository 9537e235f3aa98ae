"""A certificate for the page that the office had issued elsewhere: looked at closely before it is used, since a wrong
one would shut everybody out of the page that could put it right.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.errors import CertificateError

#: Longest file that is looked at.
MOST_BYTES = 64 * 1024
_MOST_IN_CHAIN = 8
_LEAST_RSA_BITS = 2048
_LONGEST = timedelta(days=398)  # Apple HT211025; other browsers take no longer ones either


@dataclass(frozen=True)
class OfficeCertificate:
    """One that can be used: the chain and key as PEM, what it is for, and what a person should know of it."""

    chain: bytes
    key: bytes = field(repr=False)
    leaf: x509.Certificate
    doubts: tuple[str, ...] = ()


def examine(chain: bytes, key: bytes, wanted: Sequence[str], now: datetime) -> OfficeCertificate:
    """Look at what somebody wants to use.

    Args:
        chain: PEM, the page's own certificate first or anywhere, then who issued it, and so on.
        key: PEM of its private key, without a pass phrase.
        wanted: names and addresses by which people open the page.

    Raises:
        CertificateError: it cannot be used; says what is wrong, and what to do.
    """
    private = _private_key(key)
    certificates = _certificates(chain)
    leaf = _of_key(certificates, private)
    ordered = _in_order(leaf, certificates)
    _must_be_for_a_server(leaf, now)
    doubts = (*_names_missing(leaf, wanted), *_doubts(leaf, ordered, now))
    return OfficeCertificate(
        b"".join(each.public_bytes(Encoding.PEM) for each in ordered),
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        leaf,
        doubts,
    )


def install(certificate: Path, key: Path, made: OfficeCertificate) -> None:
    """Put it where the page finds it. The page takes it up with the next connection.

    Raises:
        StorageError: it cannot be written.
    """
    make_private_folder(certificate.parent)
    folder = certificate.parent.stat()
    # A command, as root: the page reads it, under its own user.
    owner = (folder.st_uid, folder.st_gid) if os.geteuid() == 0 else None
    for path, content in ((key, made.key), (certificate, made.chain)):
        replace_file(path, content, owner=owner)


def remove(certificate: Path, key: Path) -> bool:
    """Go back to what the box's own authority issues. False: there was none."""
    there = certificate.exists() or key.exists()
    for each in (certificate, key):
        each.unlink(missing_ok=True)
    return there


def vouches_for_itself(certificate: Path) -> bool:
    """Whether a file holds a certificate that nobody else issued. One that cannot be read is not."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        return False
    return _issued(found, found)


def _private_key(pem: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if b"-----BEGIN" not in pem:
        raise CertificateError("The key is not in PEM form.", "It begins with -----BEGIN PRIVATE KEY----- or the like.")
    try:
        found = load_pem_private_key(pem, None)
    except TypeError:
        raise CertificateError(
            "The key is locked by a pass phrase.", "Unlock it first: openssl pkey -in locked.key -out page.key"
        ) from None
    except ValueError:
        raise CertificateError("The key cannot be read.", "Take the file that belongs to the certificate.") from None
    if isinstance(found, rsa.RSAPrivateKey) and found.key_size < _LEAST_RSA_BITS:
        raise CertificateError(
            f"The key has {found.key_size} bits, which browsers refuse.", f"Make one of {_LEAST_RSA_BITS} bits or more."
        )
    if isinstance(found, ec.EllipticCurvePrivateKey) and found.curve.name not in ("secp256r1", "secp384r1"):
        raise CertificateError(f"Browsers do not know keys on {found.curve.name}.", "Make one on P-256 or P-384.")
    if not isinstance(found, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CertificateError("Browsers do not know this kind of key.", "Make an RSA key, or one on P-256 or P-384.")
    return found


def _certificates(pem: bytes) -> list[x509.Certificate]:
    if b"PRIVATE KEY" in pem and b"CERTIFICATE" not in pem:
        raise CertificateError(
            "That is a key, not a certificate.", "Give the certificate first, and the key as the key."
        )
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise CertificateError(
            "The certificate is not in PEM form.",
            "It begins with -----BEGIN CERTIFICATE-----; convert with: openssl x509 -inform der -in file -out page.pem",
        ) from None
    if len(found) > _MOST_IN_CHAIN:
        raise CertificateError(f"The file holds {len(found)} certificates.", "Give the page's and who issued it, only.")
    return found


def _of_key(
    certificates: Sequence[x509.Certificate], key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    for each in certificates:
        if each.public_key() == key.public_key():
            return each
    raise CertificateError(
        "The key does not belong to the certificate.", "Take the key that the certificate was asked for with."
    )


def _in_order(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The page's own first, then whoever issued the one before (RFC 8446 section 4.4.2), without what is no part."""
    if _issued(leaf, leaf):
        raise CertificateError(
            "The certificate vouches for itself: nobody's browser will trust it.",
            "Use the box's own, which has an authority that can be installed; or one that somebody else issued.",
        )
    ordered = [leaf]
    while not _issued(ordered[-1], ordered[-1]):
        issuer = next((each for each in certificates if each not in ordered and _issued(each, ordered[-1])), None)
        if issuer is None:
            break
        ordered.append(issuer)
    return ordered


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _must_be_for_a_server(leaf: x509.Certificate, now: datetime) -> None:
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if ends <= now:
        raise CertificateError(f"The certificate ended on {ends:%-d %B %Y}.", "Have it issued anew.")
    if begins > now + timedelta(days=1):
        raise CertificateError(
            f"The certificate is not good before {begins:%-d %B %Y}.",
            "Wait; or put the box's clock right, if it is wrong.",
        )
    if _is_authority(leaf):
        raise CertificateError(
            "That is an authority's certificate, not one of a page.",
            "Have the authority issue one for the page's name.",
        )
    try:
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & {*purposes}:
        raise CertificateError(
            "The certificate is not meant for a server.", "Have one issued for TLS web server authentication."
        )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _names_missing(leaf: x509.Certificate, wanted: Sequence[str]) -> list[str]:
    """Raises CertificateError where it is for nothing by which the page is opened."""
    missing = [name for name in wanted if not covers(leaf, name)]
    if wanted and len(missing) == len(wanted):
        raise CertificateError(
            f"The certificate is for {', '.join(names_in(leaf)) or 'no name at all'}, and people open the page as"
            f" {', '.join(wanted)}.",
            "Have it issued for the page's name; or add its name to host_names under [web] first.",
        )
    return [f"it is not for {', '.join(missing)}: who opens the page as that is warned"] if missing else []


def _doubts(leaf: x509.Certificate, chain: Sequence[x509.Certificate], now: datetime) -> list[str]:
    doubts = []
    if len(chain) == 1:
        doubts.append("who issued it is not in the file: browsers that do not know them already will warn")
    if leaf.not_valid_after_utc - leaf.not_valid_before_utc > _LONGEST:
        doubts.append("it is good for more than 398 days, which Apple's browsers refuse")
    if isinstance(leaf.signature_hash_algorithm, SHA1):
        doubts.append("it is signed by SHA-1, which browsers refuse")
    if leaf.not_valid_after_utc - now < timedelta(days=30):
        doubts.append(f"it ends on {leaf.not_valid_after_utc:%-d %B %Y}")
    return doubts


def names_in(leaf: x509.Certificate) -> list[str]:
    """The names and addresses that it is for (RFC 6125: the common name counts for nothing)."""
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]


def covers(leaf: x509.Certificate, name: str) -> bool:
    """Whether it is for a name or address; ``*`` stands for one label (RFC 6125 section 6.4.3)."""
    try:
        return str(ipaddress.ip_address(name)) in names_in(leaf)
    except ValueError:
        wanted = name.lower().rstrip(".")
        parent = f"*.{wanted.partition('.')[2]}"
        return {wanted, parent} & {each.lower() for each in names_in(leaf)} != set()
