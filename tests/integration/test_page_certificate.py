"""The box's own certificates: bound to the box, there when needed, renewed in time; or what the office has instead."""

from __future__ import annotations

import ipaddress
import os
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from firmware.adapters.keys.box_authority import LEAF_LIFE, BoxAuthority
from firmware.adapters.keys.issued_certificates import (
    RENEW_WITHIN,
    Wanted,
    ensure_issued,
    fingerprint_of,
    read_certificate,
    wanted_now,
)
from firmware.adapters.keys.page_certificate import page_certificate_state, page_pair
from firmware.core.errors import CertificateError, StorageError
from firmware.core.home import Home
from tests.integration.certificate_makers import made

NOW = datetime(2026, 7, 1, tzinfo=UTC)
WANTED = Wanted(("earmark.local", "localhost"), (ipaddress.ip_address("192.168.7.1"),))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def issued(home: Home, now: datetime = NOW, wanted: Wanted = WANTED) -> x509.Certificate:
    ensure_issued(home, wanted, now)
    for certificate, key in ((home.page_certificate, home.page_key), (home.lines_certificate, home.lines_key)):
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    return read_certificate(home.page_certificate)


def verified(authority: bytes, chain: bytes, folder: Path, *how: str) -> str:
    """What openssl, which browsers and telephones resemble, says of a chain."""
    (folder / "ca.pem").write_bytes(authority)
    (folder / "chain.pem").write_bytes(chain)
    done = subprocess.run(
        [
            *["openssl", "verify", "-purpose", "sslserver", "-attime"],
            f"{NOW.timestamp():.0f}",
            *how,
            "-CAfile",
            "ca.pem",
            "chain.pem",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "good" if done.returncode == 0 else done.stderr


def test_what_is_missing_is_made_for_its_owner_alone_and_browsers_can_check_it(home: Home, tmp_path: Path) -> None:
    certificate = issued(home)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"earmark.local", "localhost"}
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life == LEAF_LIFE < timedelta(days=398)
    authority = home.authority_certificate.read_bytes()
    for name in (["-verify_hostname", "earmark.local"], ["-verify_ip", "192.168.7.1"]):
        assert verified(authority, home.page_certificate.read_bytes(), tmp_path, *name) == "good"
    assert (
        verified(authority, home.lines_certificate.read_bytes(), tmp_path, "-verify_hostname", "earmark.local")
        == "good"
    )
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (home.authority_key, home.page_key, home.lines_key)]
    assert modes == [0o600, 0o640, 0o640]


def test_whoever_steals_the_authority_cannot_pass_for_anybody_but_this_box(tmp_path: Path) -> None:
    authority = BoxAuthority.new(["earmark.local"], [ipaddress.ip_address("203.0.113.9")])
    good = authority.issue(["earmark.local"], [ipaddress.ip_address("203.0.113.9")], NOW)
    assert verified(authority.public_pem(), good.certificate, tmp_path) == "good"
    for names, addresses in ((["bank.example"], []), (["earmark.local"], ["8.8.8.8"]), (["local"], [])):
        stolen = authority.issue(names, [ipaddress.ip_address(each) for each in addresses], NOW)
        assert "permitted subtree violation" in verified(authority.public_pem(), stolen.certificate, tmp_path)


def test_good_ones_are_left_alone_and_those_that_end_soon_are_made_anew_in_time(home: Home) -> None:
    first, authority = issued(home), read_certificate(home.authority_certificate)
    assert issued(home, NOW + LEAF_LIFE - RENEW_WITHIN - timedelta(days=2)) == first
    renewed = issued(home, NOW + LEAF_LIFE - RENEW_WITHIN)
    assert renewed.not_valid_after_utc > NOW + LEAF_LIFE + timedelta(days=300)
    assert read_certificate(home.authority_certificate) == authority, "people would have to install it again"
    six_years = issued(home, NOW + timedelta(days=6 * 365))
    assert six_years.not_valid_after_utc > NOW + timedelta(days=7 * 365)


def test_a_new_address_or_name_is_covered_and_one_beyond_the_authority_is_said_and_left_out(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    first = issued(home)
    elsewhere = Wanted(("earmark.local", "localhost", "calls.example.org"), (ipaddress.ip_address("10.9.8.7"),))
    second = issued(home, wanted=elsewhere)
    names = second.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.9.8.7")]
    assert "do not cover calls.example.org" in caplog.text
    assert "calls.example.org" not in names.get_values_for_type(x509.DNSName)
    assert issued(home, wanted=Wanted(("localhost",), ())) == second != first  # less is covered as well
    ensure_issued(home, elsewhere, NOW, authority_anew=True)
    third = read_certificate(home.page_certificate)
    assert "calls.example.org" in str(third.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def test_a_clock_that_was_wrong_when_they_were_made_does_no_lasting_harm(home: Home, tmp_path: Path) -> None:
    for wrong in (datetime(1970, 1, 2, tzinfo=UTC), datetime(2038, 1, 20, tzinfo=UTC)):
        issued(home, wrong)
        right = issued(home)
        assert right.not_valid_before_utc < NOW < right.not_valid_after_utc
        assert verified(home.authority_certificate.read_bytes(), home.page_certificate.read_bytes(), tmp_path) == "good"


def test_a_start_that_was_cut_off_between_key_and_certificate_is_put_right(home: Home) -> None:
    first = issued(home)
    home.page_key.write_bytes(home.lines_key.read_bytes())
    second = issued(home)
    home.page_key.unlink()
    home.lines_certificate.write_text("nonsense")
    third = issued(home)
    assert len({first.serial_number, second.serial_number, third.serial_number}) == 3


def test_an_authority_that_is_damaged_is_named_and_nothing_is_replaced_behind_anybodys_back(home: Home) -> None:
    first = issued(home)
    home.authority_key.write_bytes(home.page_key.read_bytes())
    with pytest.raises(CertificateError, match=r"do not belong together.*--new-authority"):
        ensure_issued(home, WANTED, NOW)
    home.authority_certificate.unlink()
    with pytest.raises(StorageError, match="cannot be read"):
        ensure_issued(home, WANTED, NOW)
    assert read_certificate(home.page_certificate) == first


def test_this_machine_is_called_by_its_names_and_addresses_and_what_the_settings_say() -> None:
    wanted = wanted_now(["Calls.Example.Org.", "192.0.2.7", "no name at all!"])
    assert {"localhost", "calls.example.org"} <= {*wanted.names}
    assert {"127.0.0.1", "192.0.2.7"} <= {*map(str, wanted.addresses)}
    assert all("!" not in name for name in wanted.names)


def test_the_office_s_own_goes_first_and_how_it_is_can_always_be_told(home: Home) -> None:
    assert page_certificate_state(home, NOW).problem.startswith("The box has no certificate")
    issued(home)
    own = page_certificate_state(home, NOW, ["earmark.local"])
    assert (own.issued_here, own.problem, own.days_left(NOW)) == (True, "", 396)
    assert own.fingerprint == fingerprint_of(read_certificate(home.page_certificate))
    late = page_certificate_state(home, NOW + LEAF_LIFE - timedelta(days=40))
    assert "earmark certificate renew" in late.problem

    root = made("Office CA", NOW, authority=True)
    leaf = made("calls.example.org", NOW, names=["*.example.org"], by=root)
    home.office_certificate.parent.mkdir()
    home.office_certificate.write_bytes(leaf.pem + root.pem)
    home.office_certificate_key.write_bytes(leaf.key())
    assert page_pair(home)[0] == home.office_certificate
    state = page_certificate_state(home, NOW, ["calls.example.org"])
    assert (state.issued_here, state.problem) == (False, "")
    assert "is not for earmark.local" in page_certificate_state(home, NOW, ["earmark.local"]).problem
    assert "upload" in page_certificate_state(home, NOW + timedelta(days=70)).problem
    assert "ended on" in page_certificate_state(home, NOW + timedelta(days=90)).problem
    home.office_certificate.write_text("nonsense")
    assert "cannot be read" in page_certificate_state(home, NOW).problem


def test_the_command_works_with_the_rights_of_its_unit_and_what_it_makes_is_for_whom_it_should(home: Home) -> None:
    """Root without any of root's powers; the folders' groups are those of whoever uses what is in them."""
    for folder, group in ((home.certificates, 0), (home.page_key.parent, 4711), (home.lines_key.parent, 4712)):
        folder.mkdir(parents=True)
        os.chown(folder, -1, group)
        folder.chmod(0o2750)
    for hidden in (home.keys, home.office_certificate.parent):
        hidden.mkdir()
        os.chown(hidden, 65534, 65534)
        hidden.chmod(0)
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "certificate", "renew"]
    for said in ("New certificates are there", "Nothing had to be renewed"):
        rights = ["setpriv", "--no-new-privs", "--bounding-set=-all"]
        done = subprocess.run([*rights, *command], capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stdout) == (0, True), done.stderr
    assert [path.stat().st_gid for path in (home.page_key, home.lines_key)] == [4711, 4712]
    assert stat.S_IMODE(home.page_key.stat().st_mode) == 0o640
