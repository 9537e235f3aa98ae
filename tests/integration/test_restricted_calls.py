"""Restriction of processing (UK GDPR Art. 18): a call is kept, and heard by nobody but a director."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from firmware.core.errors import NotAllowed
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, WebOffice, form_token, new_record, open_recording, sign_in

ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER}


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    return seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=5)), 9.0)


@pytest.fixture
def phrases(office: WebOffice) -> dict[str, str]:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    return {**office.pass_phrases, **add_people(office.home, key, ROLES)}


@pytest.fixture
def director(office: WebOffice, phrases: dict[str, str]) -> FlaskClient:
    browser = office.browser()
    assert sign_in(browser, "dora", phrases["dora"]).status_code == 303
    return browser


def restrict(browser: FlaskClient, call: CallRecord) -> None:
    page = f"/calls/{call.recording_id}/keeping"
    typed = {"purpose": "Mary asked for restriction", "review_on": in_days(90), "restricts": "yes"}
    answer = browser.post(f"{page}/hold", data={"csrf_token": form_token(browser.get(page)), **typed})
    assert answer.status_code == 303, answer.text


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_who_has_it_open_hears_it_no_more_and_reads_why(
    office: WebOffice, call: CallRecord, director: FlaskClient
) -> None:
    manager, page = office.signed_in(), f"/calls/{call.recording_id}"
    open_recording(manager, call.recording_id)
    assert manager.get(f"{page}/audio").status_code == 200
    restrict(director, call)
    assert manager.get(f"{page}/audio").status_code == 403
    shown = manager.get(page)
    assert "nobody but a director may listen to it" in shown.text
    assert "Why do you need to hear this call?" not in shown.text
    assert open_recording(manager, call.recording_id).status_code == 403
    for path in ("download", "redact"):
        token = form_token(manager.get(page))
        assert manager.post(f"{page}/{path}", data={"csrf_token": token, "format": "wav"}).status_code in (403, 422)
    assert manager.get("/calls").text.count("Restricted") == 1
    assert "Restricted" in manager.get("/holds").text


def test_a_director_may_for_a_purpose_and_who_is_told_before_it_is_lifted(
    office: WebOffice, call: CallRecord, director: FlaskClient
) -> None:
    restrict(director, call)
    assert director.get(f"/calls/{call.recording_id}/audio").status_code == 403
    assert open_recording(director, call.recording_id, "").status_code == 400
    assert open_recording(director, call.recording_id, "defending claim 4711").status_code == 303
    assert director.get(f"/calls/{call.recording_id}/audio").status_code == 200
    assert office.recorder.evidence[-1]["detail"]["purpose"] == "defending claim 4711"
    (placed,) = [each for each in office.recorder.evidence if each["kind"] == "hold-placed"]
    assert placed["subject"]["restricts"] == "yes"
    hold = f"/holds/{placed['subject']['hold']}"
    assert "must be told before it is lifted" in director.get(hold).text
    token = form_token(director.get(hold))
    director.post(f"{hold}/release", data={"csrf_token": token, "because": "her complaint was settled"})
    assert open_recording(office.signed_in(), call.recording_id).status_code == 303


def test_neither_the_office_key_nor_an_approval_opens_it_at_the_opener(
    office: WebOffice, call: CallRecord, director: FlaskClient, phrases: dict[str, str]
) -> None:
    opener = ControlClient(office.home.opener_socket, 20)

    def token(name: str) -> str:
        return str(opener.post("/sign-in", {"user": name, "password": phrases[name]})["token"])

    lena, dora, manager = (token(name) for name in ("lena", "dora", LISTENER))
    wish = {"purpose": "complaint 9", "calls": [call.recording_id]}
    request = opener.post("/requests", wish, token=lena)["request_id"]
    decision = {"calls": [call.recording_id], "ends_at_ms": round(time.time() * 1000) + 3_600_000, "reason": ""}
    opener.post(f"/requests/{request}/approve", decision, token=dora)

    def open_as(who: str, use: str = "listen") -> int:
        body = {"token": who, "recording_id": call.recording_id, "purpose": "complaint 9", "use": use}
        return len(opener.post("/open", body)["keys"])

    assert open_as(lena) == open_as(manager) == 1
    restrict(director, call)
    for who, use in ((lena, "listen"), (manager, "listen"), (manager, "download"), (manager, "export")):
        with pytest.raises(NotAllowed, match="restricted"):
            open_as(who, use)
    assert open_as(dora) == 1
    refused = [each for each in office.recorder.evidence if each["kind"] == "listen-refused"]
    assert "restricted" in refused[-1]["detail"]["why"]
