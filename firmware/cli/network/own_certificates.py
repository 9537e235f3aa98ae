"""The box's own certificates, for a process that is about to use them.

On the box they are made by ``earmark-certificate.service`` under a user of its own, and are there already. Where one
user runs everything, as in a clone, whoever needs them first makes them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from firmware.adapters.keys.issued_certificates import ensure_issued, may_sign, wanted_now
from firmware.adapters.keys.office_certificate import remove, vouches_for_itself
from firmware.core.home import Home


def ensure_where_we_may(home: Home, named: tuple[str, ...] = ()) -> None:
    """Make what is missing or ends soon, where this process is one that may.

    Args:
        named: by which the office has people open the page (``WebSettings.hosts``).

    Raises:
        CertificateError, StorageError: as ``ensure_issued``.
    """
    # The first versions kept what they had made themselves where the office's own is now.
    if vouches_for_itself(home.office_certificate):
        remove(home.office_certificate, home.office_certificate_key)
    if may_sign(home):
        ensure_issued(home, wanted_now(named), datetime.now(UTC))
