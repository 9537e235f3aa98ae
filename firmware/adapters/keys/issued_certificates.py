"""What the box's own authority issued, on disk: made where it is missing, and anew before it ends or when the box has
other names or addresses.

Only one process may write there (on the box ``earmark certificate renew``, under a user of its own); page and lines
read what is theirs. Each looks at the files again by itself: nothing is interrupted when they change.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.adapters.keys.box_authority import BoxAuthority
from firmware.adapters.keys.own_places import Address, is_dns_name, own_addresses, own_names
from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.settings.atomic_storage import locked, replace_file
from firmware.core.errors import CertificateError, StorageError
from firmware.core.home import Home

_LOG = logging.getLogger(__name__)
RENEW_WITHIN = timedelta(days=60)
# The folder's group is that of whoever uses them.
_FOR_ITS_READER = 0o640


@dataclass(frozen=True)
class Wanted:
    """The names and addresses by which the box is reached."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...]


def wanted_now(further: Iterable[str]) -> Wanted:
    """Of this machine as it is, and what the settings name besides."""
    names, addresses = own_names(), own_addresses()
    for each in further:
        try:
            addresses.append(ipaddress.ip_address(each))
        except ValueError:
            name = each.lower().rstrip(".")
            if is_dns_name(name):
                names.append(name)
    return Wanted(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(addresses)))


def may_sign(home: Home) -> bool:
    """Whether this process is one that may make certificates."""
    folder = next(each for each in (home.certificates, *home.certificates.parents) if each.exists())
    return os.access(folder, os.W_OK | os.X_OK)


def ensure_issued(
    home: Home, wanted: Wanted, now: datetime, *, anew: bool = False, authority_anew: bool = False
) -> bool:
    """Leave certificates for page and lines that can be used; say in the log when one is new.

    Args:
        anew: although the ones that are there could be used.
        authority_anew: with a new authority, which everybody has to install again.

    Returns:
        Whether anything was made.

    Raises:
        CertificateError: the authority is damaged.
        StorageError: nothing can be written there.
    """
    for folder in (home.certificates, home.authority_key.parent, home.page_key.parent, home.lines_key.parent):
        make_private_folder(folder)
    with locked(home.authority_certificate):
        made = authority_anew or not home.authority_key.exists()
        authority = _new_authority(home, wanted) if made else _authority(home)
        allowed = _allowed(authority, wanted)
        for certificate, key, client in (
            (home.page_certificate, home.page_key, False),
            (home.lines_certificate, home.lines_key, True),
        ):
            why = "is asked for anew" if anew else _why_not_usable(certificate, key, authority, allowed, now)
            if why:
                issued = authority.issue(allowed.names, allowed.addresses, now, client=client)
                replace_file(key, issued.key, _FOR_ITS_READER)
                replace_file(certificate, issued.certificate, _FOR_ITS_READER)
                _LOG.info("the certificate of the %s %s: issued a new one", certificate.parent.name, why)
                made = True
    return made


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 in pairs of hexadecimal digits, as browsers and systems show it."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def read_certificate(path: Path) -> x509.Certificate:
    """The first of a PEM file.

    Raises:
        CertificateError: it is not there, or none.
    """
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        raise CertificateError(
            f"The box has no certificate {path} yet.", "Have it made: earmark certificate renew"
        ) from None
    except (OSError, ValueError) as error:
        raise CertificateError(
            f"The certificate {path} cannot be read: {error}.", "Have it made anew: earmark certificate renew"
        ) from error


def _new_authority(home: Home, wanted: Wanted) -> BoxAuthority:
    authority = BoxAuthority.new(wanted.names, wanted.addresses)
    replace_file(home.authority_certificate, authority.public_pem(), _FOR_ITS_READER)
    replace_file(home.authority_key, authority.private_pem())
    _LOG.warning(
        "the box has a new certificate authority, for everybody to install; SHA-256 %s",
        fingerprint_of(authority.certificate),
    )
    return authority


def _authority(home: Home) -> BoxAuthority:
    try:
        return BoxAuthority.read(home.authority_certificate.read_bytes(), home.authority_key.read_bytes())
    except OSError as error:
        raise StorageError(
            f"The box's certificate authority cannot be read: {error}.", "Check who owns the folder of certificates."
        ) from error


def _allowed(authority: BoxAuthority, wanted: Wanted) -> Wanted:
    """What the authority may sign for. The rest needs a new authority, which is a person's to decide."""
    names = tuple(each for each in wanted.names if authority.may_sign_for(each))
    addresses = tuple(each for each in wanted.addresses if authority.may_sign_for(each))
    beyond = [*(set(wanted.names) - {*names}), *map(str, {*wanted.addresses} - {*addresses})]
    if beyond:
        _LOG.warning(
            "the box's certificates do not cover %s, which it did not have when its authority was made; to have them"
            " covered, and install the authority again everywhere: earmark certificate renew --new-authority",
            ", ".join(sorted(beyond)),
        )
    return Wanted(names, addresses)


def _why_not_usable(certificate: Path, key: Path, authority: BoxAuthority, wanted: Wanted, now: datetime) -> str:
    """Why a new one is wanted; empty when it is not."""
    if not (certificate.exists() and key.exists()):
        return "is missing"
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        if load_pem_private_key(key.read_bytes(), None).public_key() != found.public_key():
            return "does not fit its key"  # a start was cut off between writing the two
    except (OSError, ValueError, TypeError):
        return "cannot be read"
    try:
        found.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError, TypeError):
        return "is not of this box's authority"
    if not _covers(found, wanted):
        return "does not cover a new name or address"
    if found.not_valid_before_utc > now:
        return "begins in the future"  # it was made while the clock was wrong
    ends = found.not_valid_after_utc
    return f"ends on {ends:%-d %B %Y}" if ends - now < RENEW_WITHIN else ""


def _covers(certificate: x509.Certificate, wanted: Wanted) -> bool:
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names: Sequence[str] = alternatives.get_values_for_type(x509.DNSName)
    addresses = alternatives.get_values_for_type(x509.IPAddress)
    return {*wanted.names} <= {*names} and {*wanted.addresses} <= {*addresses}
