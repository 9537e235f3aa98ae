"""Signing in with a second step, and setting one up, on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.core.access_policy import Role
from tests.integration.further_people import add_people, office_key_of, person_of
from tests.integration.software_passkey import SoftwarePasskey
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, sign_in, web_office
from tests.integration.web_people import alert, code_of, recovery_codes, send, set_up_code_app

STEP = "/sign-in/second-factor"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[WebOffice]:
    """An office where who may listen must have a second factor."""
    with web_office(tmp_path, second_factor="required") as made:
        yield made


def pass_phrase_given(office: WebOffice, next_page: str = "") -> tuple[FlaskClient, TestResponse]:
    browser = office.browser()
    return browser, sign_in(browser, LISTENER, office.pass_phrases[LISTENER], next_page)


@pytest.fixture
def secret(office: WebOffice) -> str:
    """The listener has set up a code app."""
    browser = office.signed_in()
    made, page = set_up_code_app(browser, "/account", office.pass_phrases[LISTENER])
    assert len(recovery_codes(page)) == 10
    return made


def test_who_must_have_a_second_factor_is_led_to_set_one_up_and_then_to_where_they_wanted(strict: WebOffice) -> None:
    browser, answer = pass_phrase_given(strict, "/calls?number=0123")
    assert answer.location == "/sign-in/set-up"
    assert browser.get("/calls").status_code == 303
    assert "second step" in browser.get("/sign-in/set-up").text
    _, page = set_up_code_app(browser, "/sign-in/set-up")
    assert len(recovery_codes(page)) == 10
    assert 'href="/calls?number=0123"' in page.text
    assert browser.get("/calls").status_code == 200
    assert browser.get_cookie("earmark-step") is None


def test_who_sees_no_numbers_need_not_have_one(strict: WebOffice) -> None:
    answer = sign_in(strict.browser(), ADMINISTRATOR, strict.pass_phrases[ADMINISTRATOR])
    assert answer.location == "/"


def test_the_first_set_up_has_no_other_page_than_its_own(strict: WebOffice) -> None:
    browser, _ = pass_phrase_given(strict)
    for path in ("/", "/calls", "/account", "/people", "/evidence", "/help"):
        assert browser.get(path).status_code == 303
    stranger = strict.browser()
    for path in ("/sign-in/set-up", "/sign-in/set-up/code-app", "/sign-in/set-up/passkey", STEP, "/sign-in/waiting"):
        assert stranger.get(path).location.startswith("/sign-in?ended=")


def test_a_code_of_the_app_completes_a_sign_in(office: WebOffice, secret: str) -> None:
    browser, answer = pass_phrase_given(office, "/help")
    assert answer.location == STEP
    assert browser.get("/help").status_code == 303
    answer = send(browser, STEP, STEP, code=code_of(secret, 1))
    assert answer.location == "/help"
    assert browser.get("/help").status_code == 200


def test_a_wrong_code_is_told_and_may_be_typed_again(office: WebOffice, secret: str) -> None:
    browser, _ = pass_phrase_given(office)
    answer = send(browser, STEP, STEP, code="000000")
    assert answer.status_code == 401
    assert "This code is wrong" in alert(answer)
    assert browser.get("/calls").status_code == 303


def test_an_empty_form_is_no_try(office: WebOffice, secret: str) -> None:
    browser, _ = pass_phrase_given(office)
    before = office.recorder.kinds()
    assert "No code was typed" in alert(send(browser, STEP, STEP, code=" "))
    assert office.recorder.kinds() == before


def test_a_recovery_code_lets_in_once(office: WebOffice) -> None:
    _, page = set_up_code_app(office.signed_in(), "/account", office.pass_phrases[LISTENER])
    code = recovery_codes(page)[0]
    browser, _ = pass_phrase_given(office)
    assert send(browser, STEP, STEP, recovery_code=code.lower()).location == "/"
    assert "9 left" in browser.get("/account").text
    again, _ = pass_phrase_given(office)
    assert send(again, STEP, STEP, recovery_code=code).status_code == 401


def test_a_step_that_was_begun_anew_elsewhere_says_so(office: WebOffice, secret: str) -> None:
    browser, _ = pass_phrase_given(office)
    token = form_token(browser.get(STEP))
    pass_phrase_given(office)
    answer = browser.post(STEP, data={"csrf_token": token, "code": code_of(secret, 1)})
    assert answer.location == "/sign-in?ended=step"
    assert "Sign in again" in browser.get(answer.location).text


def test_a_wrong_first_code_sets_nothing_up_and_can_be_typed_again(office: WebOffice) -> None:
    browser = office.signed_in()
    drawn = send(browser, "/account/code-app", "/account/code-app", password=office.pass_phrases[LISTENER])
    assert "<svg" in drawn.text
    answer = browser.post("/account/code-app/code", data={"csrf_token": form_token(drawn), "code": "000000"})
    assert answer.status_code == 422
    assert "not the app" in alert(answer)
    assert "not set up" in browser.get("/account").text


def test_a_left_open_sign_in_is_not_enough_to_set_up_or_remove_a_factor(office: WebOffice, secret: str) -> None:
    browser, _ = pass_phrase_given(office)
    send(browser, STEP, STEP, code=code_of(secret, 1))
    for page, form in (
        ("/account/code-app", "/account/code-app"),
        ("/account/again/code-app", "/account/code-app/remove"),
        ("/account/again/recovery-codes", "/account/recovery-codes"),
    ):
        assert send(browser, page, form, password="").status_code == 422
    wrong = send(browser, "/account/again/code-app", "/account/code-app/remove", password="a wrong one entirely")
    assert wrong.status_code == 422
    assert "wrong" in alert(wrong)


def test_a_factor_that_the_role_must_have_cannot_be_removed(strict: WebOffice) -> None:
    browser, _ = pass_phrase_given(strict)
    set_up_code_app(browser, "/sign-in/set-up")
    page, form = "/account/again/code-app", "/account/code-app/remove"
    answer = send(browser, page, form, password=strict.pass_phrases[LISTENER])
    assert "must have a second factor" in alert(answer)


def options_of(browser: FlaskClient, page: str, form: str, **fields: str) -> dict[str, object]:
    found = send(browser, page, form, **fields).get_json()["options"]
    return dict(found)


def test_a_passkey_is_made_and_signs_in_and_is_removed(office: WebOffice) -> None:
    browser, phrase = office.signed_in(), office.pass_phrases[LISTENER]
    page = "/account/passkey"
    passkey = SoftwarePasskey("http://localhost")
    made = passkey.make(options_of(browser, page, f"{page}/options", password=phrase))
    answer = send(browser, page, page, name="My phone", credential=json.dumps(made))
    assert len(recovery_codes(answer)) == 10
    assert "My phone" in browser.get("/account").text

    again, answer = pass_phrase_given(office)
    assert "Use my passkey" in again.get(answer.location).text
    signed = passkey.sign(options_of(again, STEP, f"{STEP}/passkey"))
    assert send(again, STEP, STEP, credential=json.dumps(signed)).location == "/"
    link = again.get("/account").text.partition("/account/again/passkey?passkey=")[2].partition('"')[0]
    form = f"/account/passkeys/{link}/remove"
    assert send(again, f"/account/again/passkey?passkey={link}", form, password=phrase).location == "/account"
    assert "My phone" not in again.get("/account").text


def test_what_is_no_passkey_is_refused_in_words(office: WebOffice) -> None:
    browser, page = office.signed_in(), "/account/passkey"
    for nonsense in ("", "[]", "{", '{"id": 5}'):
        options_of(browser, page, f"{page}/options", password=office.pass_phrases[LISTENER])
        answer = send(browser, page, page, name="My phone", credential=nonsense)
        assert answer.status_code == 422
        assert alert(answer)


def test_a_passkey_cannot_be_made_for_a_number_and_the_page_says_what_to_do(office: WebOffice) -> None:
    browser, there = office.signed_in(), {"base_url": "http://127.0.0.1"}
    cookie = browser.get_cookie("earmark")
    assert cookie is not None
    other = office.browser()
    other.set_cookie("earmark", cookie.value, domain="127.0.0.1")
    token = form_token(other.get("/account/passkey", **there))
    data = {"csrf_token": token, "password": office.pass_phrases[LISTENER]}
    answer = other.post("/account/passkey/options", data=data, **there)
    assert answer.status_code == 422
    assert "earmark.local" in answer.get_json()["said"]


def test_a_voucher_lets_a_person_past_a_lock_while_somebody_goes_on_guessing(office: WebOffice) -> None:
    phrases = add_people(
        office.home, office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER]), {"dora": Role.DIRECTOR}
    )
    guest = office.browser()
    for _ in range(3):
        sign_in(guest, LISTENER, "a wrong pass phrase")
    director = office.browser()
    assert sign_in(director, "dora", phrases["dora"]).status_code == 303
    person = f"/people/{person_of(office.home, LISTENER).person_id}"
    given = send(director, person, f"{person}/vouch", **{"for": "lock"})
    code = given.text.partition('class="big-code">')[2].partition("<")[0]
    browser = office.browser()
    data = {"user": LISTENER, "password": office.pass_phrases[LISTENER], "voucher": code}
    assert send(browser, "/sign-in", "/sign-in", **data).location == "/"
    assert "vouched" in office.recorder.kinds()
