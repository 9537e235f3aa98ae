"""Rows of one's own calls: of the extension that is one's own, since it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord, Party
from tests.integration.sealed_call import list_call
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, new_record

MINE_SINCE = datetime(2026, 3, 2, 8, tzinfo=UTC)


def call(number: str, extension: str, started_at: datetime) -> CallRecord:
    return replace(new_record(started_at, Party(number), extension), extension=extension)


def becomes(office: WebOffice, role: Role, extension: str) -> None:
    """What the administrator is now; the role that they sign in with next."""
    people = PeopleFile(office.home.people_file)
    found = people.find(ADMINISTRATOR)
    assert found is not None
    since_ms = round(MINE_SINCE.timestamp() * 1000)
    people.change(
        found.person_id,
        lambda each: replace(each, role=role, extension=extension, extension_since_ms=since_ms),
    )


@pytest.fixture
def calls(office: WebOffice) -> None:
    for number, extension, started_at in (
        ("01632960001", "201", MINE_SINCE + timedelta(hours=1)),
        ("01632960002", "202", MINE_SINCE + timedelta(hours=2)),
        ("01632960003", "201", MINE_SINCE - timedelta(hours=1)),
    ):
        list_call(office.home, call(number, extension, started_at))


@pytest.mark.usefixtures("calls")
def test_a_member_of_staff_sees_their_own_calls_and_no_others(office: WebOffice) -> None:
    becomes(office, Role.MEMBER_OF_STAFF, "201")
    browser = office.signed_in(ADMINISTRATOR)
    page = browser.get("/", follow_redirects=True)
    assert page.request.path == "/my-calls"
    assert re.findall(r"01632960\d\d\d", page.text) == ["01632960001"]
    assert "/calls/" not in page.text
    assert browser.get("/calls").status_code == 403


@pytest.mark.usefixtures("calls")
def test_what_was_said_before_the_extension_was_theirs_is_another_s(office: WebOffice) -> None:
    becomes(office, Role.LINE_MANAGER, "201")
    assert "01632960003" not in office.signed_in(ADMINISTRATOR).get("/my-calls").text


@pytest.mark.usefixtures("calls")
def test_without_an_extension_there_are_no_calls_of_one_s_own(office: WebOffice) -> None:
    becomes(office, Role.MEMBER_OF_STAFF, "")
    page = office.signed_in(ADMINISTRATOR).get("/my-calls")
    assert "No extension is set for you" in page.text
    assert "0163296" not in page.text


@pytest.mark.parametrize("role", [Role.LINE_MANAGER, Role.HR_PANEL, Role.DATA_PROTECTION_OFFICER])
def test_who_asks_for_calls_lands_on_their_own_or_where_there_are_none_on_requests(
    office: WebOffice, role: Role
) -> None:
    for extension, landing in (("201", "/my-calls"), ("", "/requests")):
        becomes(office, role, extension)
        assert office.signed_in(ADMINISTRATOR).get("/", follow_redirects=True).request.path == landing


def test_an_administrator_has_no_such_page(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    assert browser.get("/my-calls").status_code == 403


@pytest.mark.usefixtures("calls")
def test_a_new_extension_shows_calls_from_the_change_on(office: WebOffice) -> None:
    becomes(office, Role.MEMBER_OF_STAFF, "202")
    people = PeopleFile(office.home.people_file)
    found = people.find(ADMINISTRATOR)
    assert found is not None
    boss = office.signed_in(LISTENER)
    token = re.search(r'name="csrf_token" value="([^"]+)"', boss.get("/people").text)
    assert token is not None
    form = {"csrf_token": token[1], "role": "member_of_staff", "extension": "201"}
    assert boss.post(f"/people/{found.person_id}/change", data=form).status_code == 303
    page = office.signed_in(ADMINISTRATOR).get("/my-calls")
    assert "extension 201" in page.text
    assert "0163296" not in page.text
