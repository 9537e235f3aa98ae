"""The lines' certificate: made when they start, where one user runs everything; taken up anew when no call goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.adapters.keys.issued_certificates import ensure_issued, wanted_now
from firmware.cli.lines.certificate import taken_up
from firmware.config.toml_settings import settings_from_toml
from firmware.core.home import Home

OFFICE = """
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
transports = ["udp", "{}"]
office = {{ host = "127.0.0.1:6001" }}
[[lines.sip.trunks]]
name = "provider"
host = "127.0.0.1:6002"
"""


class Clock:
    """At three in the night of the office, in winter."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return round(1000 * (datetime(2027, 1, 12, 3, tzinfo=UTC).timestamp() + self.now_s))

    def is_set(self) -> bool:
        return True


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_lines_start_anew_once_theirs_is_renewed_and_a_minute_has_passed_without_a_call(home: Home) -> None:
    clock, settings = Clock(), settings_from_toml(OFFICE.format("tls"), "office.toml")
    starts_anew = taken_up(home, settings, settings.lines, clock)
    assert home.lines_certificate.exists()
    for clock.now_s in (61.0, 122.0):
        assert not starts_anew(0)
    ensure_issued(home, wanted_now(()), datetime.now(UTC), anew=True)
    clock.now_s = 200.0
    assert not starts_anew(1)
    clock.now_s = 230.0
    assert not starts_anew(0)
    clock.now_s = 300.0
    assert starts_anew(0)


def test_lines_without_tls_need_none_and_never_start_anew(home: Home) -> None:
    clock, settings = Clock(), settings_from_toml(OFFICE.format("tcp"), "office.toml")
    starts_anew = taken_up(home, settings, settings.lines, clock)
    assert not home.certificates.exists()
    clock.now_s = 1000.0
    assert not starts_anew(0)
