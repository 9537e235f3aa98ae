"""The page's certificate on disk: made where there is none, and made anew before it ends.

Only certificates of our own making (self-signed) are replaced; one that an office had issued is its own to renew.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.adapters.keys.certificate import Address, new_certificate, own_addresses, own_names
from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.errors import StorageError

_LOG = logging.getLogger(__name__)
RENEW_WITHIN = timedelta(days=30)


def ensure_certificate(certificate: Path, key: Path, further_names: Sequence[str], now: datetime) -> None:
    """Leave a certificate that can be used, and say in the log when it is a new one: browsers will ask about it.

    Args:
        further_names: host names or addresses by which browsers ask for the page, besides the machine's own.

    Raises:
        StorageError: there is none, and none can be written.
    """
    why = _why_not_usable(certificate, key, now)
    if not why:
        return
    try:
        made = _make(certificate, key, further_names, now)
    except StorageError as error:
        if not certificate.exists():
            raise
        _LOG.error("the page's certificate %s, and no new one can be written: %s", why, error)
        return
    fingerprint = made.fingerprint(SHA256()).hex(":").upper()
    _LOG.warning("the page's certificate %s: made a new one, SHA-256 %s", why, fingerprint)


def _make(certificate: Path, key: Path, further_names: Sequence[str], now: datetime) -> x509.Certificate:
    names, addresses = own_names(), own_addresses()
    for name in further_names:
        host = _address(name)
        if host is None:
            names.append(name)
        else:
            addresses.append(host)
    made = new_certificate(list(dict.fromkeys(names)), list(dict.fromkeys(addresses)), now)
    make_private_folder(certificate.parent)
    replace_file(key, made.key)
    replace_file(certificate, made.certificate)
    return x509.load_pem_x509_certificate(made.certificate)


def _why_not_usable(certificate: Path, key: Path, now: datetime) -> str:
    """Why a new one is wanted; empty when it is not. What cannot be read is left for a person to look at."""
    if not (certificate.exists() and key.exists()):
        return "is missing"
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        fits = load_pem_private_key(key.read_bytes(), None).public_key() == found.public_key()
    except (OSError, ValueError, TypeError):
        return ""
    if found.issuer != found.subject:
        return ""
    if not fits:
        return "does not fit its key"  # a start was cut off between writing the two
    ends = found.not_valid_after_utc
    return f"ends on {ends:%-d %B %Y}" if ends - now < RENEW_WITHIN else ""


def _address(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
