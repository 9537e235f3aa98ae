"""The certificate that the page shows, taken up anew when its files change: no connection is ended for that."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from firmware.core.errors import OfficeIncomplete

log = logging.getLogger("web.certificate")

#: Gives the files of certificate and key that are to be used at this moment.
Pair = Callable[[], tuple[Path, Path]]
_Seen = tuple[Path, tuple[int, int], tuple[int, int]]


class ServedCertificate:
    """For the threads that accept connections: asked once for each."""

    def __init__(self, pair: Pair) -> None:
        """
        Raises:
            OfficeIncomplete: the files cannot be used.
        """
        self._pair = pair
        self._seen: _Seen | None = None
        try:
            self._seen = self._look()
            self._context = _context(*pair())
        except (OSError, ValueError) as error:
            raise OfficeIncomplete(
                f"The page's certificate {pair()[0]} or its key cannot be used: {error}.",
                "Have the box make new ones: earmark certificate renew; or upload the office's own again.",
            ) from error

    @property
    def context(self) -> ssl.SSLContext:
        """By which the next connection is secured. Files that cannot be used leave it as it was."""
        try:
            seen = self._look()
            if seen != self._seen:
                self._context = _context(*self._pair())
                self._seen = seen
                log.info("the page uses the certificate %s from now on", seen[0])
        except (OSError, ValueError) as error:  # one of the two is being written; or they do not fit each other
            log.debug("the page's certificate is not taken up: %s", error)
        return self._context

    def _look(self) -> _Seen:
        certificate, key = self._pair()
        found = certificate.stat(), key.stat()
        return certificate, (found[0].st_ino, found[0].st_mtime_ns), (found[1].st_ino, found[1].st_mtime_ns)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
