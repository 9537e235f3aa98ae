"""What waits for whom, on one page: each role's own tasks, with the way to where they are done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from firmware.core.access_policy import Role
from tests.integration.full_office import NAMES, FullOffice, full_office
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token

BREACH = {"Decide whom to tell"}
#: What the buttons of each role's list say, what comes by itself left out.
STEPS: dict[Role, set[str]] = {
    Role.DIRECTOR: {
        "Decide whom to tell",
        "Decide",
        "Decide on calls",
        "Review",
        "Compare digits",
        "Put it right",
        "Explain",
    }
    | BREACH,
    Role.SERVICES_MANAGER: {"Review", "Compare digits", "Put it right", "Explain"},
    Role.LINE_MANAGER: {"Listen"},
    Role.HR_PANEL: set(),
    Role.DATA_PROTECTION_OFFICER: {"Decide whom to tell", "Decide on calls", "Review"} | BREACH,
    Role.ADMINISTRATOR: {"Put it right"},
    Role.INSTALLER: set(),
    Role.MEMBER_OF_STAFF: set(),
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullOffice]:
    with full_office(tmp_path_factory.mktemp("office")) as made:
        yield made


def tasks(page: str) -> dict[str, str]:
    """Addresses by what the button says."""
    own = page.partition('id="by-itself"')[0].partition("<main")[2]
    return {step: address for address, step in re.findall(r'<a class="button" href="([^"]+)">([^<]+)<', own)}


def badge(page: str) -> int:
    found = re.search(r'<span class="badge">(\d+)<', page)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("role", list(NAMES))
def test_each_role_is_shown_what_waits_for_it_and_a_way_that_is_open_to_it(full: FullOffice, role: Role) -> None:
    browser = full.browser_of(role)
    page = browser.get("/to-do").text
    steps = tasks(page)
    assert steps.keys() == STEPS[role]
    assert all(browser.get(address).status_code == 200 for address in steps.values())
    own = page.partition('id="by-itself"')[0]
    assert badge(page) == own.count('<div class="task">')
    assert ("Nothing waits for you." in page) == (not steps)
    assert browser.get("/").location == ("/to-do" if steps else landing(role))


def landing(role: Role) -> str:
    places = {Role.HR_PANEL: "/requests", Role.INSTALLER: "/in-progress", Role.MEMBER_OF_STAFF: "/my-calls"}
    return places[role]


def test_no_name_or_number_of_a_call_is_told_to_who_may_not_see_calls(full: FullOffice) -> None:
    page = unescape(full.browser_of(Role.ADMINISTRATOR).get("/to-do").text)
    for word in ("Jo Bloggs", "Complaint 4711", "Claim 12", "0123"):
        assert word not in page


def test_what_was_done_leaves_the_list_and_the_number_at_once(full: FullOffice) -> None:
    browser: FlaskClient = full.browser_of(Role.DIRECTOR)
    before = badge(browser.get("/help").text)
    address = tasks(browser.get("/to-do").text)["Explain"]
    form = {"csrf_token": form_token(browser.get(address)), "because": "the box was being moved"}
    assert browser.post(f"/call-log/{full.objects['row_id']}/explain", data=form).status_code == 303
    assert badge(browser.get("/help").text) == before - 1
    assert "Explain" not in tasks(browser.get("/to-do").text)


def test_nobody_lands_on_an_empty_list(office: WebOffice) -> None:
    for name, place in ((LISTENER, "/calls"), (ADMINISTRATOR, "/in-progress")):
        browser = office.signed_in(name)
        assert browser.get("/").location == place
        assert "Nothing waits for you." in browser.get("/to-do").text


def test_what_cannot_be_asked_is_said_and_the_rest_is_shown(full: FullOffice) -> None:
    browser = full.browser_of(Role.SERVICES_MANAGER)
    catalogue = full.office.home.catalogue
    hidden = catalogue.with_suffix(".away")
    catalogue.rename(hidden)
    try:
        page = browser.get("/to-do").text
    finally:
        hidden.rename(catalogue)
    assert "These cannot be told at this moment" in page
    assert "Put it right" in page
