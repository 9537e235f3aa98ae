"""Requests through the page: who may ask, decide and hear, whatever address they type."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import (
    ADMINISTRATOR,
    LISTENER,
    NUMBER,
    WebOffice,
    form_token,
    new_record,
    open_recording,
    sign_in,
)

ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER, "otto": Role.DATA_PROTECTION_OFFICER}
PURPOSE = "Complaint 4711: what was promised"


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    return seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=9)), 4.0)


@pytest.fixture
def browsers(office: WebOffice) -> dict[str, FlaskClient]:
    """Everybody, signed in."""
    office_key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    found = {name: office.signed_in(name) for name in (ADMINISTRATOR, LISTENER)}
    for name, phrase in add_people(office.home, office_key, ROLES).items():
        found[name] = office.browser()
        assert sign_in(found[name], name, phrase).status_code == 303
    return found


def ask(browser: FlaskClient, **typed: str) -> TestResponse:
    fields = {"purpose": PURPOSE, "number": NUMBER[-4:], **typed}
    return browser.post("/requests/ask", data={"csrf_token": form_token(browser.get("/requests/ask")), **fields})


def request_id(browser: FlaskClient) -> str:
    """Of the newest request on the page of somebody who may look at it."""
    return str(re.findall(r'href="/requests/([0-9a-f]{32})"', browser.get("/requests").text)[0])


def decide(browser: FlaskClient, how: str, **typed: str) -> TestResponse:
    asked = request_id(browser)
    token = form_token(browser.get(f"/requests/{asked}"))
    return browser.post(f"/requests/{asked}/{how}", data={"csrf_token": token, **typed})


def last_day(days: int = 7) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_what_is_approved_is_heard_by_who_asked_and_by_no_other_asker(
    browsers: dict[str, FlaskClient], call: CallRecord
) -> None:
    address = f"/calls/{call.recording_id}"
    assert browsers["lena"].get(address).status_code == 403
    assert ask(browsers["lena"]).status_code == 303
    done = decide(browsers["dora"], "approve", call=call.recording_id, last_day=last_day(), note="as you asked")
    assert done.status_code == 303
    page = browsers["lena"].get("/requests").text
    assert "Approved" in page
    assert "as you asked" in page
    assert "This call is open to you until" in browsers["lena"].get(address).text
    assert browsers["lena"].get(f"{address}/audio").status_code == 403  # no purpose was given yet
    assert open_recording(browsers["lena"], call.recording_id).status_code == 303
    assert browsers["lena"].get(f"{address}/audio").data.startswith(b"OggS")
    token = form_token(browsers["lena"].get(address))
    download = browsers["lena"].post(f"{address}/download", data={"csrf_token": token, "format": "wav"})
    assert download.status_code == 403
    for other in ("otto", ADMINISTRATOR):
        for path in (address, f"{address}/audio"):
            assert browsers[other].get(path).status_code == 403, (other, path)


def test_what_was_heard_is_shut_as_soon_as_the_approval_ends(
    browsers: dict[str, FlaskClient], call: CallRecord
) -> None:
    ask(browsers["lena"])
    decide(browsers["dora"], "approve", call=call.recording_id, last_day=last_day())
    open_recording(browsers["lena"], call.recording_id)
    assert browsers["lena"].get(f"/calls/{call.recording_id}/audio").status_code == 200
    assert decide(browsers["dora"], "end", reason="heard enough").status_code == 303
    assert browsers["lena"].get(f"/calls/{call.recording_id}/audio").status_code == 403
    assert "heard enough" not in browsers["lena"].get(f"/calls/{call.recording_id}").text
    assert "No call is open to you now" in browsers["lena"].get("/requests").text


def test_a_line_manager_browses_nothing(browsers: dict[str, FlaskClient], call: CallRecord) -> None:
    assert browsers["lena"].get("/calls").status_code == 403
    ask(browsers["lena"])
    page = browsers["lena"].get(f"/requests/{request_id(browsers['dora'])}")
    assert page.status_code == 200
    assert NUMBER not in page.text
    assert call.recording_id not in page.text


def test_only_a_director_decides(browsers: dict[str, FlaskClient], call: CallRecord) -> None:
    ask(browsers["lena"])
    asked = request_id(browsers["dora"])
    for name in ("lena", "otto", LISTENER, ADMINISTRATOR):
        token = form_token(browsers[name].get("/requests"))
        for how, typed in (
            ("approve", {"call": call.recording_id, "last_day": last_day()}),
            ("refuse", {"reason": "no"}),
        ):
            answer = browsers[name].post(f"/requests/{asked}/{how}", data={"csrf_token": token, **typed})
            assert answer.status_code == 403, (name, how)
    assert "waiting for you" in browsers["dora"].get("/help").text
    assert "waiting for you" not in browsers[LISTENER].get("/help").text


def test_who_may_not_ask_does_not_see_the_form(browsers: dict[str, FlaskClient]) -> None:
    for name in ("dora", LISTENER, ADMINISTRATOR):
        assert browsers[name].get("/requests/ask").status_code == 403


def test_mistakes_are_told_beside_what_was_typed(browsers: dict[str, FlaskClient], call: CallRecord) -> None:
    answer = ask(browsers["lena"], number="reception")
    assert answer.status_code == 422
    assert "digits only" in answer.text
    assert PURPOSE in answer.text
    assert ask(browsers["lena"], number="", words="").status_code == 422
    ask(browsers["lena"])
    for typed, told in (
        ({"last_day": last_day()}, "No call was chosen"),
        ({"call": call.recording_id, "last_day": "soon"}, "Until which day"),
        ({"call": call.recording_id, "last_day": last_day(200)}, "within three months"),
        ({"call": call.recording_id, "last_day": last_day(-3)}, "after now"),
    ):
        answer = decide(browsers["dora"], "approve", **typed)
        assert answer.status_code == 422
        assert told in answer.text
    assert decide(browsers["dora"], "refuse", reason=" ").status_code == 422
    assert "Waits" in browsers["lena"].get("/requests").text


def test_an_approver_s_search_is_in_the_evidence(
    office: WebOffice, browsers: dict[str, FlaskClient], call: CallRecord
) -> None:
    ask(browsers["lena"])
    asked = request_id(browsers["dora"])
    browsers["dora"].get(f"/requests/{asked}?look=yes&extension=201")
    queries = [entry["detail"]["query"] for entry in office.recorder.evidence if entry["kind"] == "searched"]
    assert {"request": asked, "extension": "201"} in queries


def test_one_purpose_covers_a_named_case(office: WebOffice, browsers: dict[str, FlaskClient], call: CallRecord) -> None:
    other = seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=3)), 2.0)
    dora, address = browsers["dora"], f"/calls/{call.recording_id}"
    typed = {"purpose": PURPOSE, "case": "Complaint 4711", "csrf_token": form_token(dora.get(address))}
    assert dora.post(f"{address}/listen", data=typed).status_code == 303
    address = f"/calls/{other.recording_id}"
    page = dora.get(address)
    assert "You are working on the case “Complaint 4711”" in page.text
    goes_on = {"case_goes_on": "yes", "csrf_token": form_token(page)}
    assert dora.post(f"{address}/listen", data=goes_on).status_code == 303
    assert f"Opened for</dt><dd>{PURPOSE}" in dora.get(address).text
    listened = [entry["detail"] for entry in office.recorder.evidence if entry["kind"] == "listened"]
    assert [(each["purpose"], each["case"]) for each in listened] == [(PURPOSE, "Complaint 4711")] * 2
    assert dora.post(f"{address}/end-case", data=goes_on).status_code == 303
    third = seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=1)), 2.0)
    assert "You are working on" not in dora.get(f"/calls/{third.recording_id}").text
    typed = {"case_goes_on": "yes", "csrf_token": form_token(browsers[LISTENER].get(address))}
    assert browsers[LISTENER].post(f"{address}/listen", data=typed).status_code == 400
