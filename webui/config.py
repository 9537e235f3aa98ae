"""What the web process is told when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.home import Home
from firmware.core.lines_instance import LinesInstance


@dataclass(frozen=True)
class WebConfig:
    """Settings of the page.

    Attributes:
        home: the data folder; the page reads the catalogue and the sealed files there and speaks to the sockets in
        ``run``.
        office: the office's name, as its people know it.
        tls: whether the page is served over TLS. Cookies are then marked *Secure*.
        host_names: names, besides this machine's own and plain addresses, by which browsers may ask for the page.
        lines_named: which processes that hold or hear calls the settings ask for, at this moment.
        page_names: names and addresses by which people open the page, at this moment.
        metrics_token_sha256: digest of the token that may read the page's figures, at this moment; empty: nobody may.
        office_facts: what the settings say of how the office does what the law asks, at this moment.
        timezone: the zone in which days and times are shown and downloads are named.
    """

    home: Home
    office: str
    tls: bool
    host_names: tuple[str, ...] = ()
    timezone: str = "Europe/London"
    lines_named: Callable[[], tuple[LinesInstance, ...]] = lambda: ("sip",)
    metrics_token_sha256: Callable[[], str] = str
    page_names: Callable[[], tuple[str, ...]] = lambda: ()
    office_facts: Callable[[], OfficeFacts] = OfficeFacts

    @property
    def package(self) -> Path:
        """Where the templates and static files lie."""
        return Path(__file__).parent

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
