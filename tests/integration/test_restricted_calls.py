"""Restriction of processing (UK GDPR Art. 18): a call is kept, and heard by nobody but a director."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from firmware.core.errors import NotAllowed
from firmware.ports.evidence_log import EvidenceEntry
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, WebOffice, form_token, new_record, open_recording, sign_in

HOLD = "cd" * 16
ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER, "dan": Role.DATA_PROTECTION_OFFICER}


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


def put_another_file_in_its_place(catalogue: Path) -> None:
    """As a rebuild does."""
    with closing(sqlite3.connect(catalogue)) as database:
        database.execute("VACUUM INTO ?", (str(catalogue.with_name("fresh.db")),))
    for suffix in ("", "-wal", "-shm"):
        catalogue.with_name(catalogue.name + suffix).unlink(missing_ok=True)
    catalogue.with_name("fresh.db").rename(catalogue)


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


def test_with_the_restrictions_lost_nobody_but_a_director_listens_until_one_has_looked(
    office: WebOffice, call: CallRecord, director: FlaskClient, phrases: dict[str, str]
) -> None:
    officer, manager = office.browser(), office.signed_in()
    assert sign_in(officer, "dan", phrases["dan"]).status_code == 303
    assert open_recording(manager, call.recording_id).status_code == 303
    log = EvidenceFiles(office.home, load_device_key(office.home.device_key))
    log.enter([EvidenceEntry("hold-placed", {"hold": HOLD, "restricts": "yes"})])
    log.close()
    put_another_file_in_its_place(office.home.catalogue)
    assert open_recording(manager, call.recording_id).status_code == 403
    assert manager.get(f"/calls/{call.recording_id}/audio").status_code == 403
    assert "lost with a catalogue" in manager.get(f"/calls/{call.recording_id}").text
    assert open_recording(director, call.recording_id).status_code == 303
    assert "nobody but a director may listen to any call" in director.get("/holds").text
    page, because = f"/holds/{HOLD}", {"because": "restricted anew, by the letters"}
    for browser, status in ((officer, 403), (director, 303)):
        token = form_token(browser.get(page))
        assert browser.post(f"{page}/release", data={"csrf_token": token, **because}).status_code == status
    assert office.recorder.evidence[-1]["subject"]["hold"] == HOLD
    assert "nobody but a director may listen to any call" not in director.get("/holds").text
    assert open_recording(manager, call.recording_id).status_code == 303


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
