"""The page's own certificate: there when it is needed, and never older than browsers accept."""

from __future__ import annotations

import logging
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from firmware.adapters.keys.certificate import LIFE, new_certificate
from firmware.adapters.keys.page_certificate import ensure_certificate
from firmware.core.errors import StorageError

NOW = datetime(2026, 7, 1, tzinfo=UTC)


class Pair:
    def __init__(self, folder: Path) -> None:
        self.certificate, self.key = folder / "tls" / "cert.pem", folder / "tls" / "key.pem"

    def ensure(self, now: datetime = NOW, *names: str) -> x509.Certificate:
        ensure_certificate(self.certificate, self.key, names, now)
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_one_that_is_missing_is_made_for_its_owner_alone_and_the_log_says_so(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    made = pair.ensure(NOW, "calls.example.org", "192.0.2.7")
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "calls.example.org" in names.get_values_for_type(x509.DNSName)
    assert "192.0.2.7" in map(str, names.get_values_for_type(x509.IPAddress))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (pair.certificate, pair.key)] == [0o600, 0o600]
    assert "is missing: made a new one, SHA-256 " in caplog.text


def test_a_good_one_is_left_alone(pair: Pair) -> None:
    first = pair.ensure()
    assert pair.ensure(NOW + timedelta(days=300)) == first


def test_one_that_ends_within_a_month_or_has_ended_is_made_anew(pair: Pair) -> None:
    for later in (LIFE - timedelta(days=20), LIFE * 3):
        first = pair.ensure()
        renewed = pair.ensure(NOW + later)
        assert renewed != first
        assert renewed.not_valid_after_utc > NOW + later + timedelta(days=700)


def test_a_key_that_was_lost_or_does_not_fit_is_made_anew_with_its_certificate(pair: Pair) -> None:
    first = pair.ensure()
    pair.key.unlink()
    second = pair.ensure()
    pair.key.write_bytes(new_certificate(["else"], [], NOW).key)
    third = pair.ensure()
    assert len({first.serial_number, second.serial_number, third.serial_number}) == 3


def test_what_an_office_put_there_itself_is_never_replaced(pair: Pair) -> None:
    pair.ensure()
    pair.certificate.write_text("not of our making")
    ensure_certificate(pair.certificate, pair.key, (), NOW)
    assert pair.certificate.read_text() == "not of our making"


def test_a_folder_that_cannot_be_written_is_named_and_an_ending_certificate_served_meanwhile(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    first = pair.ensure()
    pair.key.with_name("key.pem.new").mkdir()
    assert pair.ensure(NOW + LIFE) == first
    assert "no new one can be written" in caplog.text
    pair.certificate.unlink()
    with pytest.raises(StorageError, match=r"key\.pem"):
        pair.ensure()
