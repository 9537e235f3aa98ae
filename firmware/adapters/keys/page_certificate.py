"""Which certificate the page uses: the office's own where there is one, else what the box's own authority issued."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from firmware.adapters.keys.issued_certificates import fingerprint_of, read_certificate
from firmware.adapters.keys.office_certificate import covers, names_in
from firmware.core.errors import CertificateError
from firmware.core.home import Home

#: From so long before its end on, one that the office must renew is worth an alarm.
WARN_WITHIN = timedelta(days=30)
#: One of the box's own is renewed long before: it should never be this near to its end.
WARN_ISSUED_WITHIN = timedelta(days=45)


@dataclass(frozen=True)
class CertificateState:
    """The page's certificate as it is.

    Attributes:
        issued_here: by the box's own authority.
        problem: what is wrong with it and what to do, as a sentence or two; empty when nothing is.
    """

    ends: datetime | None
    issued_here: bool
    names: tuple[str, ...] = ()
    fingerprint: str = ""
    issuer: str = ""
    problem: str = ""

    def days_left(self, now: datetime) -> int | None:
        return None if self.ends is None else (self.ends - now).days


def page_pair(home: Home) -> tuple[Path, Path]:
    """The files of certificate and key that the page uses at this moment."""
    with suppress(PermissionError):  # whoever may not look into that folder is not the page
        if home.office_certificate.exists() and home.office_certificate_key.exists():
            return home.office_certificate, home.office_certificate_key
    return home.page_certificate, home.page_key


def page_certificate_state(home: Home, now: datetime, wanted: Sequence[str] = ()) -> CertificateState:
    """How the page's certificate is. Never raises: what cannot be read is a problem like others.

    Args:
        wanted: names that people are known to open the page by, such as ``host_names`` of the settings.
    """
    certificate, _ = page_pair(home)
    issued_here = certificate == home.page_certificate
    try:
        found = read_certificate(certificate)
    except CertificateError as error:
        return CertificateState(None, issued_here, problem=str(error))
    return state_of(found, now, wanted, issued_here=issued_here)


def state_of(
    found: x509.Certificate, now: datetime, wanted: Sequence[str] = (), *, issued_here: bool
) -> CertificateState:
    """How a certificate is, wherever it was seen."""
    missing = [name for name in wanted if not covers(found, name)]
    return CertificateState(
        found.not_valid_after_utc,
        issued_here,
        tuple(names_in(found)),
        fingerprint_of(found),
        found.issuer.rfc4514_string(),
        _problem(found, now, missing, issued_here),
    )


def _problem(found: x509.Certificate, now: datetime, missing: Sequence[str], issued_here: bool) -> str:
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    remedy = (
        "The box should have renewed it: earmark certificate renew."
        if issued_here
        else "Have it issued anew and upload it under Certificate; or go back to the box's own there."
    )
    if ends <= now:
        return f"The page's certificate ended on {ends:%-d %B %Y}: every browser warns. {remedy}"
    if begins > now:
        return f"The page's certificate is good from {begins:%-d %B %Y} on: is the clock right? {remedy}"
    if ends - now < (WARN_ISSUED_WITHIN if issued_here else WARN_WITHIN):
        return f"The page's certificate ends on {ends:%-d %B %Y}. {remedy}"
    if missing:
        return f"The page's certificate is not for {', '.join(missing)}: who opens the page so is warned. {remedy}"
    return ""
