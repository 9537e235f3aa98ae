"""How browsers come to trust the page, and a certificate of the office's own: by the page."""

from __future__ import annotations

import plistlib
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.keys.issued_certificates import ensure_issued, fingerprint_of, read_certificate, wanted_now
from tests.integration.certificate_makers import Made, made
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, web_office

NOW = datetime.now(UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as made_office:
        ensure_issued(made_office.home, wanted_now(()), NOW)
        yield made_office


def upload(browser: FlaskClient, chain: bytes, key: bytes) -> TestResponse:
    token = form_token(browser.get("/certificate"))
    files = {"chain": (BytesIO(chain), "chain.pem"), "key": (BytesIO(key), "page.key")}
    return browser.post("/certificate", data={"csrf_token": token, **files}, follow_redirects=True)


def issued_elsewhere(names: tuple[str, ...] = ("calls.example.org",)) -> tuple[Made, Made]:
    root = made("Office CA", NOW, authority=True)
    return root, made("calls.example.org", NOW, names=names, by=root)


def test_whoever_is_warned_finds_without_signing_in_what_to_install_and_what_to_compare(office: WebOffice) -> None:
    browser = office.browser()
    assert "/help/certificate" in browser.get("/sign-in").text
    page = browser.get("/help/certificate")
    authority = read_certificate(office.home.authority_certificate)
    shown = re.sub(r"[^0-9A-F]", "", "".join(re.findall(r"<span>([0-9A-F:]+)</span>", page.text)))
    assert shown == fingerprint_of(authority).replace(":", "")
    for system in ("Windows", "Mac", "iPhone", "Android", "Firefox", "Linux"):
        assert system in page.text
    der, pem, profile = (browser.get(f"/help/certificate/earmark.{kind}") for kind in ("crt", "pem", "mobileconfig"))
    assert x509.load_der_x509_certificate(der.data) == x509.load_pem_x509_certificate(pem.data) == authority
    assert [each.mimetype for each in (der, profile)] == [
        "application/x-x509-ca-cert",
        "application/x-apple-aspen-config",
    ]
    content = plistlib.loads(profile.data)["PayloadContent"][0]
    assert content["PayloadType"] == "com.apple.security.root"
    assert content["PayloadContent"] == authority.public_bytes(Encoding.DER)
    assert b"PRIVATE" not in der.data + pem.data + profile.data


def test_a_page_without_a_certificate_has_nothing_to_install(tmp_path: Path) -> None:
    with web_office(tmp_path) as bare:
        assert "nothing to install" in bare.browser().get("/help/certificate").text
        assert bare.browser().get("/help/certificate/earmark.crt").status_code == 404


def test_the_administrator_uses_the_office_s_own_and_goes_back_and_both_are_in_the_evidence(office: WebOffice) -> None:
    browser, home = office.signed_in(ADMINISTRATOR), office.home
    root, leaf = issued_elsewhere()
    done = upload(browser, root.pem + leaf.pem, leaf.key())
    assert "The page uses your certificate from now on" in done.text
    assert "Office CA" in done.text
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
        home.office_certificate, home.office_certificate_key
    )
    assert b"PRIVATE" not in done.data
    entered = [entry["subject"] for entry in office.recorder.evidence if entry["kind"] == "box-act"]
    assert [each["act"] for each in entered] == ["change-certificate"]
    token = form_token(browser.get("/certificate"))
    back = browser.post("/certificate/own", data={"csrf_token": token}, follow_redirects=True)
    assert "the box&#39;s own certificate from now on" in back.text
    assert not home.office_certificate.exists()
    assert not home.office_certificate_key.exists()
    assert office.recorder.kinds().count("box-act") == 2


def test_what_cannot_work_is_refused_in_words_and_the_page_goes_on_with_what_it_has(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    root, leaf = issued_elsewhere()
    for chain, key, words in (
        (leaf.pem, root.key(), "does not belong to the certificate"),
        (leaf.pem, leaf.key(b"secret"), "locked by a pass phrase"),
        (b"", leaf.key(), "There is no certificate"),
        (b"x" * 65_000, leaf.key(), "PEM"),
    ):
        answer = upload(browser, chain, key)
        assert (answer.status_code, words in answer.text) in ((422, True), (413, False)), answer.text
    assert not office.home.office_certificate.exists()
    assert "box-act" not in office.recorder.kinds()


def test_nobody_but_who_may_change_settings_sees_or_changes_it(office: WebOffice) -> None:
    listener = office.signed_in(LISTENER)
    assert listener.get("/certificate").status_code == 403
    token = form_token(listener.get("/health")) if "csrf_token" in listener.get("/health").text else ""
    _, leaf = issued_elsewhere()
    files = {"chain": (BytesIO(leaf.pem), "chain.pem"), "key": (BytesIO(leaf.key()), "page.key")}
    refused = listener.post("/certificate", data={"csrf_token": token, **files})
    assert refused.status_code == 403
    assert not office.home.office_certificate.exists()
    assert office.browser().get("/certificate").status_code in (302, 303)
