"""Joining, being confirmed, changing one's pass phrase and leaving, on the page."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from firmware.core.access_policy import Role
from tests.integration.further_people import add_people, office_key_of, person_of
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, sign_in
from tests.integration.web_people import CHOSEN, alert, send, shown


@pytest.fixture
def phrases(office: WebOffice) -> dict[str, str]:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    return add_people(office.home, key, {"dora": Role.DIRECTOR})


@pytest.fixture
def director(office: WebOffice, phrases: dict[str, str]) -> FlaskClient:
    browser = office.browser()
    assert sign_in(browser, "dora", phrases["dora"]).status_code == 303
    return browser


def invited(browser: FlaskClient, name: str = "chris", role: str = "services_manager") -> str:
    """The code of an invitation."""
    page = send(browser, "/people/invite", "/people/invite", name=name, role=role, extension="")
    assert page.status_code == 200, page.text
    return shown(page, "big-code")


def joined(office: WebOffice, code: str, name: str = "chris") -> FlaskClient:
    """Somebody who took up an invitation, and signed in."""
    browser = office.browser()
    assert "invited as" in send(browser, "/join", "/join", name=name, code=code).text
    choose = {"name": name, "code": code, "password": CHOSEN, "password_again": CHOSEN}
    assert "You have a sign-in" in send(browser, "/join", "/join/pass-phrase", **choose).text
    sign_in(browser, name, CHOSEN)
    return browser


def person_page(office: WebOffice, name: str) -> str:
    return f"/people/{person_of(office.home, name).person_id}"


def test_an_invited_listener_waits_until_a_colleague_types_the_digits_they_read_out(
    office: WebOffice, director: FlaskClient
) -> None:
    browser = joined(office, invited(director))
    assert browser.get("/calls").status_code == 303
    digits = shown(browser.get("/sign-in/waiting"), "fingerprint")
    assert re.fullmatch(r"(\d{5} ){5}\d{5}", digits)
    page = person_page(office, "chris")
    assert digits not in director.get(page).text
    wrong = send(director, page, f"{page}/confirm", fingerprint="12345 " * 6)
    assert (wrong.status_code, "not that of this person" in alert(wrong)) == (422, True)
    assert send(director, page, f"{page}/confirm", fingerprint=digits).location == "/people"
    ended = browser.get("/sign-in/waiting")
    assert ended.location == "/sign-in?ended=waiting"
    assert sign_in(browser, "chris", CHOSEN).location == "/"
    assert browser.get("/calls").status_code == 200
    assert "person-confirmed" in office.recorder.kinds()


def test_the_foot_of_every_page_says_how_many_can_listen_and_changes_with_them(
    office: WebOffice, director: FlaskClient
) -> None:
    assert "2 people can listen" in director.get("/help").text
    browser = joined(office, invited(director))
    digits = shown(browser.get("/sign-in/waiting"), "fingerprint")
    page = person_page(office, "chris")
    send(director, page, f"{page}/confirm", fingerprint=digits)
    for path in ("/help", "/calls", "/people", "/nothing"):
        text = director.get(path).text
        assert "3 people can listen" in text
        assert 'class="lately"' in text
    assert "recipients-changed" in office.recorder.kinds()


def test_a_code_is_shown_once_and_a_wrong_one_says_no_more_than_a_wrong_name(
    office: WebOffice, director: FlaskClient
) -> None:
    code = invited(director)
    assert code not in director.get("/people").text
    guest = office.browser()
    wrong = send(guest, "/join", "/join", name="chris", code="AAAA-AAAA-AAAA")
    nobody = send(guest, "/join", "/join", name="nobody", code="AAAA-AAAA-AAAA")
    assert wrong.status_code == nobody.status_code == 404
    assert alert(wrong) == alert(nobody)


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        (CHOSEN, "another", "not the same"),
        ("short", "short", "shorter than 12"),
        ("password1234", "password1234", "first that anybody would try"),
        ("", "", "shorter than 12"),
    ],
)
def test_a_pass_phrase_that_will_not_do_is_explained_and_the_invitation_stands(
    office: WebOffice, director: FlaskClient, password: str, again: str, said: str
) -> None:
    code = invited(director)
    fields = {"name": "chris", "code": code, "password": password, "password_again": again}
    answer = send(office.browser(), "/join", "/join/pass-phrase", **fields)
    assert answer.status_code == 422
    assert said in alert(answer)
    assert len(shown(answer, "words").split()) == 5
    joined(office, code)


def test_an_invitation_is_listed_and_withdrawn(office: WebOffice, director: FlaskClient) -> None:
    code = invited(director)
    page = director.get("/people").text
    form = re.search(r"/people/invitations/\w+/withdraw", page)
    assert form
    assert "chris" in page
    assert send(director, "/people", form[0]).location == "/people"
    assert send(office.browser(), "/join", "/join", name="chris", code=code).status_code == 404


@pytest.mark.parametrize(
    ("name", "said"), [("No Name!", "small letters"), (LISTENER, "already"), ("", "small letters")]
)
def test_a_name_that_cannot_be_one_is_told_beside_what_was_typed(director: FlaskClient, name: str, said: str) -> None:
    answer = send(director, "/people/invite", "/people/invite", name=name, role="line_manager", extension="")
    assert answer.status_code == 422
    assert said in alert(answer)
    assert 'value="line_manager" required checked' in answer.text


def test_who_forgot_their_pass_phrase_is_invited_again_and_keeps_their_id(
    office: WebOffice, director: FlaskClient
) -> None:
    page = person_page(office, LISTENER)
    again = send(director, page, f"{page}/invite-again")
    browser = joined(office, shown(again, "big-code"), LISTENER)
    assert person_page(office, LISTENER) == page
    assert shown(browser.get("/sign-in/waiting"), "fingerprint")


def test_a_leaver_is_asked_about_first_and_is_signed_out_at_once(office: WebOffice, director: FlaskClient) -> None:
    listener = office.signed_in()
    page = person_page(office, LISTENER)
    assert "cannot be undone" in director.get(f"{page}/leave").text
    assert send(director, f"{page}/leave", f"{page}/leave").location == "/people"
    assert listener.get("/calls").status_code == 303
    assert "Those who left" in director.get("/people").text
    assert sign_in(office.browser(), LISTENER, office.pass_phrases[LISTENER]).status_code == 401


def test_the_last_who_can_listen_cannot_be_ended(office: WebOffice) -> None:
    page = person_page(office, LISTENER)
    answer = send(office.signed_in(), f"{page}/leave", f"{page}/leave")
    assert answer.status_code == 409
    assert "the last who can listen" in alert(answer)


def test_another_role_takes_the_office_key_away_and_ends_the_sign_in(office: WebOffice, director: FlaskClient) -> None:
    listener = office.signed_in()
    page = person_page(office, LISTENER)
    assert send(director, page, f"{page}/change", role="line_manager", extension="201").location == page
    assert listener.get("/calls").status_code == 303
    text = director.get(page).text
    assert "Line manager" in text
    assert "extension 201" in text
    assert "1 person can listen" in text


def test_nobody_is_offered_to_confirm_vouch_for_or_promote_themselves(office: WebOffice, director: FlaskClient) -> None:
    text = director.get(person_page(office, "dora")).text
    assert "This is you" in text
    for form in ("/confirm", "/vouch", "/change", "/invite-again"):
        assert f'{form}"' not in text


def test_an_administrator_sees_and_invites_people_but_vouches_for_and_changes_nobody(office: WebOffice) -> None:
    browser, page = office.signed_in(ADMINISTRATOR), person_page(office, LISTENER)
    assert "Invite somebody" in browser.get("/people").text
    assert invited(browser, "pat", "line_manager")
    token = form_token(browser.get("/people/invite"))
    for form in ("vouch", "change", "confirm", "invite-again"):
        data = {"csrf_token": token, "for": "lock", "role": "director", "extension": "", "fingerprint": "1"}
        assert browser.post(f"{page}/{form}", data=data).status_code == 403, form


def test_changing_the_pass_phrase_signs_out_everywhere_else(office: WebOffice) -> None:
    here, elsewhere = office.signed_in(), office.signed_in()
    old, page = office.pass_phrases[LISTENER], "/account/pass-phrase"
    assert len(shown(here.get(page), "words").split()) == 5
    wrong = send(here, page, page, password="not this one at all", new_password=CHOSEN, new_password_again=CHOSEN)
    assert wrong.status_code == 422
    answer = send(here, page, page, password=old, new_password=CHOSEN, new_password_again=CHOSEN)
    assert answer.location == "/account"
    assert here.get("/calls").status_code == 200
    assert elsewhere.get("/calls").status_code == 303
    assert sign_in(office.browser(), LISTENER, CHOSEN).status_code == 303


def test_one_sign_in_elsewhere_can_be_ended_and_all_of_them(office: WebOffice) -> None:
    here, elsewhere, further = office.signed_in(), office.signed_in(), office.signed_in()
    forms = re.findall(r"/account/sessions/\w+/end", here.get("/account").text)
    assert len(forms) == 2
    send(here, "/account", forms[0])
    assert sorted(each.get("/calls").status_code for each in (elsewhere, further)) == [200, 303]
    answer = send(here, "/account", "/account/sign-out-everywhere")
    assert answer.location == "/sign-in?ended=everywhere"
    assert {each.get("/calls").status_code for each in (here, elsewhere, further)} == {303}


def test_a_sign_in_that_ended_by_itself_says_so(office: WebOffice) -> None:
    here, elsewhere = office.signed_in(), office.signed_in()
    send(elsewhere, "/account", "/account/sign-out-everywhere")
    answer = here.get("/calls?number=0123")
    assert answer.location == "/sign-in?next=%2Fcalls%3Fnumber%3D0123&ended=idle"
    assert "Your sign-in has ended" in here.get(answer.location).text


def test_what_is_not_the_recovery_key_lets_nobody_in_and_keeps_the_words_off_the_page(office: WebOffice) -> None:
    fields = {"recovery_key": "abandon " * 23 + "art", "name": "rita", "password": CHOSEN, "password_again": CHOSEN}
    answer = send(office.browser(), "/recovery", "/recovery", **fields)
    assert answer.status_code in (401, 422)
    assert alert(answer)
    assert "abandon" not in answer.text


def test_somebody_who_is_not_there_any_more_is_not_found(director: FlaskClient) -> None:
    answer = director.get(f"/people/{'01' * 16}")
    assert answer.status_code == 404
    assert "They may have left" in answer.text
