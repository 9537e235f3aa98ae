"""Until when the page's certificate is good, as a browser sees it: from the page itself, which may also be away."""

from __future__ import annotations

import socket
import ssl

from cryptography import x509

from firmware.core.errors import ServiceAway

_PATIENCE_S = 5.0
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where it listens, not where we do


def certificate_ends_at_ms(host: str, port: int) -> int:
    """Unix ms. ``host`` is what the page listens on.

    Raises:
        ServiceAway: the page does not answer, or shows no certificate that can be read.
    """
    # Whose it is does not matter here: only how long it lasts is read, and nothing is told to the other side.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((_HERE.get(host, host), port), _PATIENCE_S) as connection,
            context.wrap_socket(connection) as page,
        ):
            shown = page.getpeercert(binary_form=True) or b""
        ends = x509.load_der_x509_certificate(shown).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise ServiceAway(f"the page does not answer ({error}).", "Start it: earmark web") from error
    return round(ends.timestamp() * 1000)
