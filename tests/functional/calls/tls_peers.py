"""Certificates for test peers, and a server that writes down whatever is said to it."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.adapters.keys.issued_certificates import ensure_issued, wanted_now
from firmware.core.home import Home


@dataclass(frozen=True)
class Identity:
    """A self-signed certificate and its key, as files: whoever trusts the certificate trusts this server alone."""

    certificate: Path
    key: Path

    @classmethod
    def made(cls, folder: Path, name: str = "localhost", addresses: Sequence[str] = ("127.0.0.1",)) -> Self:
        alternatives = [x509.DNSName(name), *(x509.IPAddress(ip_address(address)) for address in addresses)]
        return cls._self_signed(
            folder, name, ExtendedKeyUsageOID.SERVER_AUTH, x509.SubjectAlternativeName(alternatives)
        )

    @classmethod
    def of_a_client(cls, folder: Path, name: str) -> Self:
        """A self-signed certificate by which a client proves itself (RFC 5280 section 4.2.1.12)."""
        return cls._self_signed(folder, name, ExtendedKeyUsageOID.CLIENT_AUTH)

    @classmethod
    def _self_signed(
        cls, folder: Path, name: str, purpose: x509.ObjectIdentifier, *extensions: x509.ExtensionType
    ) -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=10))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        certificate = builder.sign(key, hashes.SHA256())
        identity = cls(folder / "cert.pem", folder / "key.pem")
        identity.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        identity.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return identity

    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(self.certificate))

    @classmethod
    def of_the_box(cls, home: Home) -> Self:
        """What its lines prove themselves with, issued by its own authority."""
        ensure_issued(home, wanted_now(()), datetime.now(UTC))
        return cls(home.lines_certificate, home.lines_key)


class Impostor:
    """A TLS server that answers nothing and keeps every octet said to it, from every connection."""

    def __init__(self, identity: Identity, port: int) -> None:
        self._context = identity.server()
        self._socket = socket.create_server(("127.0.0.1", port))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.connections = 0
        self.heard = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            while not self._stop.is_set():
                if selector.select(0.1):
                    self._hear(self._socket.accept()[0])

    def _hear(self, connection: socket.socket) -> None:
        """Listen to one caller for as long as it says anything."""
        connection.settimeout(1.0)
        try:
            with self._context.wrap_socket(connection, server_side=True) as stream:
                self.connections += 1
                while data := stream.recv(65536):
                    self.heard += data
        except OSError:
            return  # it hung up, or waits for an answer that never comes
