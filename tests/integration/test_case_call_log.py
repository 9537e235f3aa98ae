"""A person's rows in the PBX's call log: found for their case, handed out, and erased when they ask for it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.catalogue.call_log import CallLogTable
from firmware.adapters.control.server import ControlServer
from firmware.cli.recorder.call_log import CallLogDesk, call_log_routes
from firmware.core.access_policy import Role
from firmware.core.call_log import LoggedCall, LogRow
from firmware.ports.call_log import RowOutcome
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import list_call
from tests.integration.web_office import LISTENER, WebOffice, form_token, new_record, sign_in, web_office

THEIRS = "+441234567890"


class _Places:
    """The data disk is there."""

    data = object()

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        return 1


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    """The page, the opener, and the recorder's own routes for the call log."""
    with web_office(tmp_path) as made:
        made.recorder_socket.stop()
        desk = CallLogDesk(made.home, _Places())
        with ControlServer(made.home.recorder_socket, made.recorder.routes() | call_log_routes(desk)):
            yield made


@pytest.fixture
def recording(office: WebOffice) -> str:
    call = new_record(datetime.now(UTC))
    list_call(office.home, call)
    now_ms = time.time_ns() // 1_000_000
    table = CallLogTable(office.home.catalogue)
    rows = [_row("a", now_ms, THEIRS), _row("b", now_ms, THEIRS), _row("c", now_ms, "+441234567891")]
    table.add(rows)
    table.save([RowOutcome("b" * 32, "matched", call.recording_id, 0.9), RowOutcome("a" * 32, "missed")])
    table.close()
    return call.recording_id


def _row(name: str, now_ms: int, number: str) -> LogRow:
    call = LoggedCall(now_ms - 60_000, 30_000, "inbound", "204", "T1", number)
    return LogRow(name * 32, "pbx", "main", call, True, "line main: always recorded", "standard", now_ms)


@pytest.fixture
def browsers(office: WebOffice, recording: str) -> dict[str, FlaskClient]:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    people = add_people(office.home, key, {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER})
    found = {name: office.browser() for name in people}
    for name, browser in found.items():
        assert sign_in(browser, name, people[name]).status_code == 303
    return found


def _post(browser: FlaskClient, address: str, data: Mapping[str, Any], page: str) -> TestResponse:
    return browser.post(address, data={**data, "csrf_token": form_token(browser.get(page))})


def _begin(browser: FlaskClient, kind: str, numbers: str = "01234 567890") -> str:
    request = {
        "kind": kind,
        "subject_name": "Mary Example",
        "asked": "all of it",
        "received_on": time.strftime("%Y-%m-%d"),
        "numbers": numbers,
        "extension": "",
        "words": "",
    }
    answer = _post(browser, "/cases/new", request, "/cases/new")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def _kept(office: WebOffice) -> set[str]:
    with closing(sqlite3.connect(office.home.catalogue)) as database:
        return {row[0][0] for row in database.execute("SELECT id FROM call_log")}


def test_a_person_s_rows_are_found_by_any_form_of_their_number_and_handed_out_as_a_table(
    office: WebOffice, browsers: dict[str, FlaskClient], recording: str
) -> None:
    case = _begin(browsers["dora"], "subject_access")
    shown = _post(browsers["dora"], f"{case}/call-log", {}, case).text
    assert shown.count(THEIRS) == 2
    assert "+441234567891" not in shown
    assert "goes with its recording" in shown
    assert "Erase the ticked" not in shown  # they asked for a copy
    table = _post(browsers["dora"], f"{case}/call-log.csv", {}, case)
    assert table.mimetype == "text/csv"
    assert recording in table.text
    assert "searched" in office.recorder.kinds()
    assert _post(browsers["lena"], f"{case}/call-log", {}, "/account").status_code == 403


def test_nobody_s_rows_are_looked_for_but_those_of_an_open_case_and_it_is_told_for_which(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    case = _begin(browsers["dora"], "subject_access")
    _post(browsers["dora"], f"{case}/call-log", {}, case)
    (told,) = [each for each in office.recorder.evidence if each["kind"] == "searched"]
    assert told["subject"]["case"] == case.rpartition("/")[2]
    assert _post(browsers["dora"], f"{case}/close", {"outcome": "sent"}, case).status_code == 303
    for page in ("call-log", "call-log.csv"):
        refused = _post(browsers["dora"], f"{case}/{page}", {}, "/account")
        assert refused.status_code == 409
        assert THEIRS not in refused.text
    assert office.recorder.kinds().count("searched") == 1


def test_rows_without_a_recording_are_erased_on_request_and_others_go_with_theirs(
    office: WebOffice, browsers: dict[str, FlaskClient], recording: str
) -> None:
    case = _begin(browsers["dora"], "erasure")
    assert "Erase the ticked" in _post(browsers["dora"], f"{case}/call-log", {}, case).text
    erase, ticked = f"{case}/call-log/erase", {"row": ["a" * 32, "b" * 32]}
    assert _post(browsers["dora"], erase, ticked | {"because": ""}, case).status_code == 400
    assert _post(browsers["lena"], erase, ticked | {"because": "x"}, "/account").status_code == 403
    assert _kept(office) == {"a", "b", "c"}
    assert _post(browsers["dora"], erase, ticked | {"because": "she asked"}, case).status_code == 303
    assert _kept(office) == {"b", "c"}
    ordered, erased = office.recorder.evidence[-2:]
    assert (ordered["kind"], ordered["detail"]["rows"]) == ("logged-calls-erase-ordered", 2)
    assert (erased["kind"], erased["subject"]["rows"]) == ("logged-calls-erased", "1")
    assert "1 row of the call log is erased." in browsers["dora"].get(case).text
