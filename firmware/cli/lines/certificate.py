"""What lines prove themselves with over TLS: there when they start, and taken up anew when it was renewed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from firmware.config.line_settings import SipLine
from firmware.config.settings_model import Settings
from firmware.config.siprec_settings import SiprecLine
from firmware.core.home import Home
from firmware.core.renewal_moment import may_start_anew
from firmware.ports.clock import Clock

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 60.0

#: Says, once a second, whether the process is to start anew now: given how many calls there are.
StartsAnew = Callable[[int], bool]


def uses_tls(lines: Iterable[object]) -> bool:
    """Whether any of these lines does."""
    listens = [line.sip if isinstance(line, SipLine) else line.siprec for line in lines if isinstance(line, _LISTENING)]
    return any("tls" in each.transports for each in listens)


_LISTENING = (SipLine, SiprecLine)


def taken_up(home: Home, settings: Settings, lines: Iterable[object], clock: Clock) -> StartsAnew:
    """Make the certificate where that is this process's to do, and keep an eye on it.

    Raises:
        CertificateError, StorageError: it cannot be made.
    """
    if not uses_tls(lines):
        return lambda calls: False
    # Only now: most offices have no line with TLS, and the library takes memory.
    from firmware.adapters.keys.certificate_in_use import CertificateInUse
    from firmware.cli.network.own_certificates import ensure_where_we_may

    ensure_where_we_may(home, settings.web.hosts)
    in_use = CertificateInUse.taken_up(home.lines_certificate)
    zone = ZoneInfo(settings.office.timezone)
    quiet_since_s = looked_s = clock.monotonic_s()

    def starts_anew(calls: int) -> bool:
        nonlocal quiet_since_s, looked_s
        now_s = clock.monotonic_s()
        if calls:
            quiet_since_s = now_s
        if in_use is None or now_s - looked_s < _LOOK_EVERY_S:
            return False
        looked_s = now_s
        hour = datetime.fromtimestamp(clock.wall_ms() / 1000, zone).hour
        if not (in_use.replaced() and may_start_anew(hour, now_s - quiet_since_s, in_use.left_s())):
            return False
        _LOG.info("the certificate of the lines was renewed, and no call goes on: starting anew")
        return True

    return starts_anew
