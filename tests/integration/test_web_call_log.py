"""The page of the PBX's call log: who sees what was missed, who ends an alarm and how, and trying formats."""

from __future__ import annotations

import html
import sqlite3
import time
from contextlib import closing

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.catalogue.call_log import CallLogTable
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.access_policy import Role
from firmware.core.call_log import LoggedCall, LogRow
from firmware.ports.call_log import RowOutcome
from tests.integration.further_people import add_people, office_key_of
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, sign_in

NUMBER, OTHER = "+441632960123", "+441632960777"
AVAYA = "2008/08/01 15:14:19,00:00:05,7,01707299900,I,23,390664,,0,1000013,0,E23,Extn23,T9001,Line 1.2,0,0"


def _row(name: str, number: str) -> LogRow:
    now_ms = time.time_ns() // 1_000_000
    call = LoggedCall(now_ms - 3_600_000, 95_000, "inbound", "201", "T1", number)
    return LogRow(name, "pbx", "main", call, True, "line main: always recorded", "standard", now_ms)


@pytest.fixture
def logged(office: WebOffice) -> WebOffice:
    """Two calls that were missed."""
    SqliteCatalogueWriter(office.home.catalogue).close()
    table = CallLogTable(office.home.catalogue)
    table.add([_row("a" * 32, NUMBER), _row("b" * 32, OTHER)])
    table.save([RowOutcome("a" * 32, "missed"), RowOutcome("b" * 32, "missed")])
    table.close()
    return office


@pytest.fixture
def browsers(logged: WebOffice) -> dict[str, FlaskClient]:
    """Everybody, signed in."""
    office_key = office_key_of(logged.home, LISTENER, logged.pass_phrases[LISTENER])
    found = {name: logged.signed_in(name) for name in (ADMINISTRATOR, LISTENER)}
    roles = {"lena": Role.LINE_MANAGER, "otto": Role.DATA_PROTECTION_OFFICER}
    for name, phrase in add_people(logged.home, office_key, roles).items():
        found[name] = logged.browser()
        assert sign_in(found[name], name, phrase).status_code == 303
    return found


def _post(browser: FlaskClient, page: str, address: str, **typed: str) -> TestResponse:
    return browser.post(address, data={"csrf_token": form_token(browser.get(page)), **typed})


def test_a_missed_recording_is_listed_until_somebody_explains_it(
    logged: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    page = browsers[LISTENER].get("/call-log").text
    assert "Missed recordings" in page
    assert NUMBER in page
    assert OTHER in page
    explain = f"/call-log/{'a' * 32}/explain"
    assert _post(browsers[LISTENER], "/call-log", explain, because=" ").status_code == 400
    assert _post(browsers[LISTENER], "/call-log", explain, because="The box was being moved").status_code == 303
    after = browsers[LISTENER].get("/call-log").text
    assert "Explained (1)" in after
    assert "The box was being moved" in after
    with closing(sqlite3.connect(logged.home.catalogue)) as database:
        assert database.execute("SELECT row_id, because FROM missed_explained").fetchall() == [
            ("a" * 32, "The box was being moved")
        ]
    table = CallLogTable(logged.home.catalogue)
    assert table.missed_since(0) == 1
    table.close()
    assert _post(browsers[LISTENER], "/call-log", f"/call-log/{'c' * 32}/explain", because="x").status_code == 400


def test_only_those_who_see_all_calls_see_the_log_and_end_an_alarm(browsers: dict[str, FlaskClient]) -> None:
    for name in (ADMINISTRATOR, "lena", "otto"):
        refused = browsers[name].get("/call-log")
        assert refused.status_code == 403
        assert NUMBER not in refused.text
        token = form_token(browsers[name].get("/account"))
        answer = browsers[name].post(f"/call-log/{'b' * 32}/explain", data={"csrf_token": token, "because": "x"})
        assert answer.status_code == 403


def test_who_fits_the_lines_tries_a_format_on_pasted_lines(browsers: dict[str, FlaskClient]) -> None:
    browser = browsers[ADMINISTRATOR]
    assert "Call log" in browser.get("/health").text
    page = _post(browser, "/call-log/try", "/call-log/try", format="avaya-ip-office", lines=f"{AVAYA}\nnonsense\n")
    text = html.unescape(page.text)
    assert "1 call, 0 that are none, 1 not read." in text
    assert "extension 23 · number 01707299900" in text
    assert "the line has 1 fields; a call has at least 15" in text
    assert browsers[LISTENER].get("/call-log/try").status_code == 403


def test_an_own_format_begins_with_a_known_one_and_its_mistakes_are_told_by_their_place(
    browsers: dict[str, FlaskClient],
) -> None:
    browser = browsers[ADMINISTRATOR]
    begun = _post(browser, "/call-log/try", "/call-log/try", format="esi-ivx", begin="yes").text
    assert "hhmmss" in begun
    own = "[shape]\nkind = 'patterns'\npatterns = ['(a+)+']\n[time]\nfields = ['t']\nforms = ['%H:%M']"
    wrong = _post(browser, "/call-log/try", "/call-log/try", format="own", description=own, lines="x")
    assert wrong.status_code == 400
    assert "could take for ever" in html.unescape(wrong.text)
