"""A certificate that the office had issued elsewhere is looked at closely, and each mistake is said in plain words."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from firmware.adapters.keys.office_certificate import examine, install, remove
from firmware.core.errors import CertificateError
from tests.integration.certificate_makers import Made, made

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NAME = "calls.example.org"
ROOT = made("Office root", NOW, authority=True, lasts=timedelta(days=3650))
BETWEEN = made("Office issuing", NOW, authority=True, by=ROOT, lasts=timedelta(days=3650))
LEAF = made(NAME, NOW, names=[NAME], by=BETWEEN)


def refusal(chain: bytes, key: bytes, *wanted: str) -> str:
    with pytest.raises(CertificateError) as refused:
        examine(chain, key, wanted or (NAME,), NOW)
    assert refused.value.remedy
    return str(refused.value)


def leaf(**how: object) -> Made:
    return made(NAME, NOW, **({"names": [NAME], "by": BETWEEN} | how))  # type: ignore[arg-type] # as the case needs it


def test_a_good_one_is_put_in_order_and_a_server_can_use_it_at_once(tmp_path: Path) -> None:
    stranger = made("Somebody else", NOW, authority=True)
    found = examine(stranger.pem + ROOT.pem + BETWEEN.pem + LEAF.pem, LEAF.key(), [NAME], NOW)
    assert found.chain == LEAF.pem + BETWEEN.pem + ROOT.pem
    assert found.doubts == ()
    certificate, key = tmp_path / "tls" / "cert.pem", tmp_path / "tls" / "key.pem"
    install(certificate, key, found)
    assert key.stat().st_mode & 0o777 == 0o600
    assert (key.stat().st_uid, certificate.stat().st_uid) == (tmp_path.stat().st_uid,) * 2
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    assert [remove(certificate, key), remove(certificate, key)] == [True, False]


@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_keys_are_taken_from_2048_bits_on(bits: int) -> None:
    key = rsa.generate_private_key(65537, bits)
    one = leaf(private=key)
    assert examine(one.pem + BETWEEN.pem, one.key(), [NAME], NOW).leaf == one.certificate


def test_a_key_that_does_not_belong_to_it_or_cannot_be_read_is_named() -> None:
    chain = LEAF.pem + BETWEEN.pem
    assert "does not belong" in refusal(chain, ROOT.key())
    assert "pass phrase" in refusal(chain, LEAF.key(b"secret"))
    assert "not in PEM form" in refusal(chain, b"\x30\x82\x01")
    assert "cannot be read" in refusal(chain, b"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")


def test_weak_keys_and_kinds_that_browsers_do_not_know_are_refused() -> None:
    weak = leaf(private=rsa.generate_private_key(65537, 1024))
    assert "1024 bits" in refusal(weak.pem, weak.key())
    odd = leaf(private=ec.generate_private_key(ec.SECP256K1()))
    assert "secp256k1" in refusal(odd.pem, odd.key())
    edwards = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert "do not know this kind" in refusal(LEAF.pem, edwards)


def test_what_is_no_certificate_of_a_page_is_refused() -> None:
    assert "not in PEM form" in refusal(b"\x30\x82\x01", LEAF.key())
    assert "a key, not a certificate" in refusal(LEAF.key(), LEAF.key())
    assert "an authority's" in refusal(BETWEEN.pem + ROOT.pem, BETWEEN.key())
    own = made(NAME, NOW, names=[NAME])
    assert "vouches for itself" in refusal(own.pem, own.key())
    client = leaf(purpose=ExtendedKeyUsageOID.CLIENT_AUTH)
    assert "not meant for a server" in refusal(client.pem, client.key())
    assert "holds 12 certificates" in refusal(LEAF.pem * 12, LEAF.key())


def test_dates_that_are_over_or_to_come_are_refused_and_near_ones_said() -> None:
    over = leaf(begins=timedelta(days=-100), lasts=timedelta(days=99))
    assert "ended on 30 June 2026" in refusal(over.pem, over.key())
    later = leaf(begins=timedelta(days=9))
    assert "not good before 10 July 2026" in refusal(later.pem, later.key())
    soon = leaf(lasts=timedelta(days=20))
    assert "it ends on 20 July 2026" in examine(soon.pem + BETWEEN.pem, soon.key(), [NAME], NOW).doubts


def test_names_that_nobody_opens_the_page_by_are_refused_and_some_that_are_missing_said() -> None:
    assert "is for calls.example.org" in refusal(LEAF.pem, LEAF.key(), "earmark.local")
    nameless = leaf(names=[])
    assert "no name at all" in refusal(nameless.pem, nameless.key())
    found = examine(LEAF.pem + BETWEEN.pem, LEAF.key(), [NAME, "192.168.7.1"], NOW)
    assert found.doubts == ("it is not for 192.168.7.1: who opens the page as that is warned",)
    star = leaf(names=["*.example.org", "192.168.7.1"])
    assert examine(star.pem + BETWEEN.pem, star.key(), [NAME, "192.168.7.1"], NOW).doubts == ()
    assert "earmark.local" in refusal(star.pem, star.key(), "deep.calls.example.org", "earmark.local")


def test_what_browsers_would_warn_of_is_said() -> None:
    alone = leaf(lasts=timedelta(days=800))
    doubts = " ".join(examine(alone.pem, alone.key(), [NAME], NOW).doubts)
    assert "who issued it is not in the file" in doubts
    assert "398 days" in doubts
