"""The page's certificate as files: the box's authority for everybody, and the office's own put there and taken away.

The key of an uploaded certificate comes in and is never given out again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.issued_certificates import fingerprint_of, read_certificate
from firmware.adapters.keys.office_certificate import examine, install, remove
from firmware.adapters.keys.page_certificate import CertificateState, page_certificate_state
from firmware.core.box_acts import CHANGE_CERTIFICATE
from firmware.core.errors import CertificateError
from firmware.core.home import Home
from webui.access.opener import Visitor
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import full_day

#: Where a browser finds the page: the names of the settings, or of the machine itself.
PageNames = Callable[[], Sequence[str]]


@dataclass(frozen=True)
class Authority:
    """The box's authority, for everybody to install."""

    name: str
    fingerprint: str
    pem: bytes
    der: bytes


class CertificateDesk:
    """Any thread.

    Args:
        opener: vouches for whoever changes something, and has it in the evidence first.
        page_names: by which people open the page.
    """

    def __init__(self, home: Home, opener: ControlClient, page_names: PageNames) -> None:
        self._home = home
        self._opener = opener
        self._page_names = page_names

    def authority(self) -> Authority | None:
        """None where the box has none, as where the page is served without TLS."""
        try:
            found = read_certificate(self._home.authority_certificate)
        except CertificateError:
            return None
        name = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        return Authority(
            str(name), fingerprint_of(found), found.public_bytes(Encoding.PEM), found.public_bytes(Encoding.DER)
        )

    def state(self) -> CertificateState:
        return page_certificate_state(self._home, datetime.now(UTC))

    def use(self, who: Visitor, chain: bytes, key: bytes) -> str:
        """Use the office's own from the next connection on; what is to be said of it.

        Raises:
            CertificateError: it cannot be used.
            NotAllowed, SignInRefused, ServiceAway: as the opener does.
        """
        made = examine(chain, key, self._page_names(), datetime.now(UTC))
        self._opener.post("/box-acts", {"act": CHANGE_CERTIFICATE}, token=who.token)
        install(self._home.office_certificate, self._home.office_certificate_key, made)
        said = _("The page uses your certificate from now on. It is good until %(day)s.") % {
            "day": full_day(made.leaf.not_valid_after_utc)
        }
        return " ".join((said, *(from_the_box(f"{doubt[0].upper()}{doubt[1:]}.") for doubt in made.doubts)))

    def use_the_box_s(self, who: Visitor) -> str:
        """Forget the office's own.

        Raises:
            CertificateError: there is none to go back to.
            NotAllowed, SignInRefused, ServiceAway: as the opener does.
        """
        read_certificate(self._home.page_certificate)
        self._opener.post("/box-acts", {"act": CHANGE_CERTIFICATE}, token=who.token)
        remove(self._home.office_certificate, self._home.office_certificate_key)
        return _("The page uses the box's own certificate from now on.")
