"""Whatever goes wrong, the page says what happened and what to do, in words for people: every kind is provoked."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.core import errors
from firmware.core.call_record import CallRecord
from firmware.core.errors import EarmarkError
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, new_record, open_recording
from webui.access.gatekeeper import public
from webui.error_words import in_words, words_of

#: What nobody who uses the page should have to read.
FOR_PROGRAMMERS = re.compile(
    r"Traceback|\b\w+(?:Error|Exception)\b|sqlite|sqlalchemy|werkzeug|Errno|line \d+, in |/tmp/|/home/|\.py\b|\.db\b"
    r"|\bNone\b|&#39;\w+&#39; is (?:a|one of)",
    re.IGNORECASE,
)
SECRET = "AGE-SECRET-KEY-1"


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    return seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=9)), 4.0)


def assert_says_what_to_do(answer: TestResponse, status: int) -> str:
    """Gives what it says."""
    assert answer.status_code == status, answer.text
    main = unescape(answer.text.partition("<main")[2].partition("</main>")[0])
    alert = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main.partition('role="alert">')[2]))
    assert FOR_PROGRAMMERS.search(answer.text) is None, FOR_PROGRAMMERS.search(answer.text)
    assert re.search(r"What to do: \w[^.]{8,}\.", alert), alert
    assert len(alert.partition("What to do:")[0].split()) > 4, alert
    assert "<h1>" in main
    return alert


def test_what_is_wrong_with_the_request_is_told(office: WebOffice, call: CallRecord) -> None:
    browser = office.signed_in()
    token = form_token(browser.get("/help"))
    assert "mistyped" in assert_says_what_to_do(browser.get("/nothing"), 404)
    assert "recording" in assert_says_what_to_do(browser.get(f"/calls/{'01' * 16}"), 404)
    assert "role" in assert_says_what_to_do(office.signed_in(ADMINISTRATOR).get("/calls"), 403)
    assert "buttons" in assert_says_what_to_do(browser.get(f"/calls/{call.recording_id}/listen"), 405)
    assert "Nothing was changed" in assert_says_what_to_do(browser.post("/sign-out"), 400)
    much = {"csrf_token": token, "purpose": "x" * 100_000}
    assert "larger" in assert_says_what_to_do(browser.post(f"/calls/{call.recording_id}/listen", data=much), 413)
    open_recording(browser, call.recording_id)
    wrong = {"csrf_token": token, "format": "flac"}
    assert_says_what_to_do(browser.post(f"/calls/{call.recording_id}/download", data=wrong), 400)
    beyond = browser.get(f"/calls/{call.recording_id}/audio", headers={"Range": "bytes=99999999-"})
    assert_says_what_to_do(beyond, 416)


def test_a_fault_of_the_program_itself_is_owned_up_to_and_says_nothing_of_it(
    office: WebOffice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError(f"{SECRET} in /home/somebody")

    office.app.add_url_rule("/broken", view_func=public(broken), endpoint="broken")
    browser = office.signed_in()
    answer = browser.get("/broken")
    assert "made a mistake" in assert_says_what_to_do(answer, 500)
    assert SECRET not in answer.text
    assert "broken failed" in caplog.text
    monkeypatch.setattr("webui.application.pages_for", lambda *_: broken())  # the head of every page
    assert_says_what_to_do(browser.get("/help"), 500)


def test_too_much_at_once_is_told_and_when_to_come_again(office: WebOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.live_calls.call_feed.MOST_PAGES", 0)
    answer = office.signed_in().get("/in-progress/events")
    assert_says_what_to_do(answer, 429)
    assert answer.headers["Retry-After"]


@pytest.fixture
def opened(office: WebOffice, call: CallRecord) -> FlaskClient:
    browser = office.signed_in()
    assert browser.get("/calls").status_code == 200
    return browser


def test_a_process_that_is_away_is_told(office: WebOffice, call: CallRecord, opened: FlaskClient) -> None:
    token = form_token(opened.get("/help"))
    office.recorder_socket.stop()
    data = {"csrf_token": token, "purpose": "complaint 4711"}
    assert_says_what_to_do(opened.post(f"/calls/{call.recording_id}/listen", data=data), 503)
    office.opener.stop()
    assert_says_what_to_do(opened.get("/calls"), 503)
    stranger = office.browser()
    assert_says_what_to_do(stranger.get("/nothing"), 404)
    form = {"csrf_token": form_token(stranger.get("/sign-in")), "user": LISTENER, "password": "five words of it"}
    answer = stranger.post("/sign-in", data=form)
    assert answer.status_code == 503
    assert FOR_PROGRAMMERS.search(answer.text) is None


def test_a_disk_or_file_that_is_gone_is_told(office: WebOffice, call: CallRecord, opened: FlaskClient) -> None:
    for file in office.home.recordings.rglob("*.ear"):
        file.write_bytes(file.read_bytes()[:200] + bytes(50))
    data = {"csrf_token": form_token(opened.get("/help")), "purpose": "complaint 4711"}
    assert_says_what_to_do(opened.post(f"/calls/{call.recording_id}/listen", data=data), 500)
    office.home.recordings.rename(office.home.recordings.with_suffix(".away"))
    answer = opened.post(f"/calls/{call.recording_id}/listen", data=data)
    assert answer.status_code >= 400
    assert_says_what_to_do(answer, answer.status_code)


def test_a_list_of_calls_that_cannot_be_read_is_told(office: WebOffice, call: CallRecord) -> None:
    catalogue = office.home.catalogue
    for file in catalogue.parent.glob(f"{catalogue.name}*"):
        file.unlink()
    catalogue.write_bytes(b"not a database at all " * 500)
    assert "untouched" in assert_says_what_to_do(office.signed_in().get("/calls"), 500)


@pytest.fixture
def locked(office: WebOffice, call: CallRecord) -> Iterator[Path]:
    """A catalogue that another program keeps for itself."""
    with closing(sqlite3.connect(office.home.catalogue)) as keeper:
        keeper.execute("PRAGMA locking_mode = EXCLUSIVE")
        keeper.execute("BEGIN EXCLUSIVE")
        keeper.execute("CREATE TABLE kept (by_another INTEGER)")
        yield office.home.catalogue


def test_a_list_of_calls_that_is_locked_is_told(office: WebOffice, locked: Path) -> None:
    answer = office.signed_in().get("/calls")
    assert_says_what_to_do(answer, 503)


def every_kind() -> list[type[EarmarkError]]:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, EarmarkError)]
    assert len(kinds) > 30
    return kinds


@pytest.mark.parametrize(
    "make", [lambda kind: kind(""), lambda kind: kind("Cannot read /var/lib/earmark/x: [Errno 5].")]
)
def test_no_kind_of_error_is_without_words_or_names_a_file(make: Callable[[type[EarmarkError]], EarmarkError]) -> None:
    for kind in every_kind():
        words = words_of(make(kind))
        told = f"{words.heading} {words.what} {words.remedy}"
        assert words.heading
        assert words.what.endswith("."), kind
        assert words.remedy.endswith("."), kind
        assert FOR_PROGRAMMERS.search(told) is None, told
        assert "/var" not in told


def test_what_is_said_for_people_is_told_as_it_is() -> None:
    asked = errors.SettingsError("A number has digits.", "Such as 01234 567890.")
    assert in_words(asked) == "A number has digits. Such as 01234 567890."
    assert in_words(errors.SettingsError("The last day is before the first.")) == "The last day is before the first."
    assert words_of(errors.NotAllowed("Not you.")).remedy
