"""Holding, releasing and erasing through the page: the roles of the table may, and nobody else whatever they type."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import list_call
from tests.integration.web_office import (
    ADMINISTRATOR,
    LISTENER,
    NUMBER,
    WebOffice,
    form_token,
    new_record,
    sign_in,
)

ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER, "otto": Role.DATA_PROTECTION_OFFICER}
PURPOSE = "Claim 4711 against the office"


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    made = new_record(datetime.now(UTC) - timedelta(minutes=9))
    list_call(office.home, made)
    return made


@pytest.fixture
def browsers(office: WebOffice, call: CallRecord) -> dict[str, FlaskClient]:
    """Everybody, signed in."""
    office_key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    found = {name: office.signed_in(name) for name in (ADMINISTRATOR, LISTENER)}
    for name, phrase in add_people(office.home, office_key, ROLES).items():
        found[name] = office.browser()
        assert sign_in(found[name], name, phrase).status_code == 303
    return found


def post(browser: FlaskClient, form: str, address: str, **typed: str) -> TestResponse:
    """Fill in a form of the page ``form`` and send it to ``address``."""
    return browser.post(address, data={"csrf_token": form_token(browser.get(form)), **typed})


def hold(browser: FlaskClient, call: CallRecord, **typed: str) -> TestResponse:
    page = f"/calls/{call.recording_id}/keeping"
    return post(browser, page, f"{page}/hold", **{"purpose": PURPOSE, "review_on": in_days(90), **typed})


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def journal(office: WebOffice) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(office.home.catalogue)) as database:
        return database.execute("SELECT recording_id, because, state FROM erasures").fetchall()


def test_a_call_is_held_from_its_own_page_and_listed_until_it_is_released(
    browsers: dict[str, FlaskClient], call: CallRecord
) -> None:
    assert f"/calls/{call.recording_id}/keeping" in browsers[LISTENER].get(f"/calls/{call.recording_id}").text
    assert hold(browsers[LISTENER], call).status_code == 303
    listed = browsers["otto"].get("/holds").text
    assert PURPOSE in listed
    assert "1 recording" in listed
    assert PURPOSE in browsers["otto"].get(f"/calls/{call.recording_id}/keeping").text
    (address,) = set(re.findall(r'href="(/holds/[0-9a-f]{32})"', listed))
    assert call.recording_id in browsers["dora"].get(address).text
    assert NUMBER in browsers["dora"].get(address).text
    assert NUMBER not in browsers["otto"].get(address).text, "who sees holds does not see who called"
    assert (
        post(browsers["dora"], address, f"{address}/review", because="goes on", review_on=in_days(30)).status_code
        == 303
    )
    assert post(browsers["dora"], address, f"{address}/release", because="").status_code == 422
    assert post(browsers["dora"], address, f"{address}/release", because="settled").status_code == 303
    assert "Released" in browsers["dora"].get("/holds").text


def test_a_held_call_is_not_erased_and_the_page_says_why(
    office: WebOffice, browsers: dict[str, FlaskClient], call: CallRecord
) -> None:
    hold(browsers[LISTENER], call)
    page = f"/calls/{call.recording_id}/keeping"
    refused = post(browsers["dora"], page, f"{page}/erase", because="the caller asked")
    assert refused.status_code == 422
    assert PURPOSE in refused.text
    assert journal(office) == []


def test_an_erasure_is_ordered_and_the_page_says_that_it_is_under_way(
    office: WebOffice, browsers: dict[str, FlaskClient], call: CallRecord
) -> None:
    page = f"/calls/{call.recording_id}/keeping"
    assert post(browsers["otto"], page, f"{page}/erase", because="").status_code == 422
    assert post(browsers["otto"], page, f"{page}/erase", because="the caller asked").status_code == 303
    assert journal(office) == [(call.recording_id, "request", "ordered")]
    assert call.recording_id in browsers[ADMINISTRATOR].get("/holds").text
    assert "It is being erased now" in browsers["otto"].get(page).text


def test_the_calls_of_a_search_are_held_together(browsers: dict[str, FlaskClient], office: WebOffice) -> None:
    list_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=5)))
    form = "/holds/place"
    common = {"purpose": PURPOSE, "review_on": in_days(90)}
    assert post(browsers["dora"], form, form, **common).status_code == 422
    assert post(browsers["dora"], form, form, **common, number=NUMBER[-6:]).status_code == 303
    assert "2 recordings are held" in browsers["dora"].get("/holds").text


def test_only_the_roles_of_the_table_may(browsers: dict[str, FlaskClient], call: CallRecord) -> None:
    page = f"/calls/{call.recording_id}/keeping"
    token = form_token(browsers["dora"].get(page))
    assert token
    for name in (ADMINISTRATOR, "lena"):
        for address in (f"{page}/hold", f"{page}/class", f"{page}/erase", "/holds/place"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', browsers[name].get("/help").text)
            answer = browsers[name].post(address, data={"csrf_token": found[1] if found else ""})
            assert answer.status_code == 403, (name, address)
    assert browsers["lena"].get(page).status_code == 403
    assert browsers["lena"].get("/holds").status_code == 403
    assert f"{page}/erase" not in browsers[LISTENER].get(page).text
    assert f"{page}/erase" in browsers["dora"].get(page).text
