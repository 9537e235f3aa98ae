"""The box's own TLS certificate: self-signed, for the names and addresses that browsers in the office use."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fcntl import ioctl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: The longest life that every browser accepts for a certificate that somebody chose to trust (Apple HT210176).
LIFE = timedelta(days=825)
_SIOCGIFADDR = 0x8915


@dataclass(frozen=True)
class Certificate:
    """PEM of the certificate and of its private key."""

    certificate: bytes
    key: bytes = field(repr=False)


def new_certificate(names: Sequence[str], addresses: Sequence[Address], now: datetime) -> Certificate:
    """A certificate for exactly these names and addresses (RFC 5280), on P-256.

    Its life begins a day early, for browsers whose clock is behind; it may sign nothing but itself.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    begins = now - timedelta(days=1)
    alternatives = [*map(x509.DNSName, names), *map(x509.IPAddress, addresses)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + LIFE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def own_names() -> list[str]:
    """What browsers may call this machine: its name, with ``.local`` for multicast DNS, and localhost."""
    name = socket.gethostname().lower()
    names = [name, f"{name.partition('.')[0]}.local", "localhost"]
    return [each for each in dict.fromkeys(names) if _is_dns_name(each)]


def own_addresses() -> list[Address]:
    """This machine's addresses, loopback first; link-local ones are left out."""
    found: list[Address] = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    found.extend(address for address in (*_ipv4(), *_ipv6()) if not (address.is_link_local or address.is_loopback))
    return list(dict.fromkeys(found))


def _ipv4() -> Iterator[Address]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, interface in socket.if_nameindex():
            request = struct.pack("256s", interface.encode()[:15])
            try:
                answer = ioctl(probe.fileno(), _SIOCGIFADDR, request)
            except OSError:  # an interface without an IPv4 address
                continue
            yield ipaddress.IPv4Address(answer[20:24])


def _ipv6() -> Iterator[Address]:
    table = Path("/proc/net/if_inet6")
    if table.exists():
        for line in table.read_text().splitlines():
            yield ipaddress.IPv6Address(bytes.fromhex(line.split()[0]))


def _is_dns_name(name: str) -> bool:
    return 0 < len(name) < 254 and name.isascii() and all(c.isalnum() or c in "-." for c in name)
