"""The page of the data disk, with the box's own process behind it: who may unlock it, and what is said to whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import ControlServer
from firmware.cli.box.disk import disk_routes
from firmware.cli.box.routes import guarded, vouched_by_the_opener
from firmware.core.access_policy import Role
from firmware.core.data_volume import VolumeState
from firmware.core.errors import NotAllowed, SignInRefused
from firmware.services.disk_door import DiskDoor
from tests.integration.further_people import add_people, office_key_of
from tests.integration.web_office import LISTENER, WebOffice, form_token, sign_in, web_office
from tests.unit.test_data_volume import RIGHT, HandClock, HandStick, HandVolume

PEOPLE = {"dora": Role.DIRECTOR, "otto": Role.DATA_PROTECTION_OFFICER}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as made:
        yield made


def people_of(office: WebOffice) -> dict[str, str]:
    """Their pass phrases."""
    return add_people(office.home, office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER]), PEOPLE)


def post(browser: FlaskClient, address: str, **typed: str) -> TestResponse:
    token = form_token(browser.get("/help"))
    return browser.post(address, data={"csrf_token": token, **typed}, follow_redirects=True)


class BoxDisk:
    """A locked disk in the hand, and the real process's routes and guard around it."""

    def __init__(self, office: WebOffice) -> None:
        self.volume, self.stick = HandVolume(), HandStick()
        self.door = DiskDoor(self.volume, self.stick, HandClock(), lambda: None)
        routes = guarded(disk_routes(self.door), vouched_by_the_opener(office.home))
        self.server = ControlServer(office.home.box_socket, routes, allow=same_user)


@pytest.fixture
def disk(office: WebOffice) -> Iterator[BoxDisk]:
    made = BoxDisk(office)
    with made.server:
        yield made


def test_whoever_may_unlocks_the_disk_on_the_page_and_the_evidence_says_so_first(
    office: WebOffice, disk: BoxDisk
) -> None:
    browser = office.signed_in()
    page = browser.get("/disk").text
    assert "The data disk is locked." in page
    assert "A stick that is left in protects nothing." in page
    answer = post(browser, "/disk/unlock", pass_phrase="not this one")
    assert answer.status_code == 422
    assert 'class="alert"' in answer.text
    assert "not this one" not in answer.text
    answer = post(browser, "/disk/unlock", pass_phrase=f"  {RIGHT.decode()} ")
    assert "unlocked and in use" in answer.text
    assert disk.volume.state() is VolumeState.OPEN
    acts = [entry for entry in office.recorder.evidence if entry["kind"] == "box-act"]
    assert [entry["subject"]["act"] for entry in acts] == ["open-data-disk"] * 2
    assert not any("this one" in str(entry) or RIGHT.decode() in str(entry) for entry in office.recorder.evidence)
    post(browser, "/disk/lock")
    assert disk.volume.state() is VolumeState.CLOSED


def test_who_may_not_unlock_it_sees_how_it_is_and_who_may(office: WebOffice, disk: BoxDisk) -> None:
    phrases = people_of(office)
    browser = office.browser()
    sign_in(browser, "otto", phrases["otto"])
    page = browser.get("/disk").text
    assert "A director, the Support Services Manager or an administrator can unlock it" in page
    assert 'name="pass_phrase"' not in page
    assert post(browser, "/disk/unlock", pass_phrase=RIGHT.decode()).status_code == 403
    assert disk.volume.tried == []


def test_a_page_that_was_broken_into_opens_nothing_without_somebody_who_may(office: WebOffice, disk: BoxDisk) -> None:
    phrases = people_of(office)
    box, opener = ControlClient(office.home.box_socket), ControlClient(office.home.opener_socket, 30)
    body = {"pass_phrase": RIGHT.decode()}
    with pytest.raises(SignInRefused):
        box.post("/disk/open", body)
    token = str(opener.post("/sign-in", {"user": "otto", "password": phrases["otto"]})["token"])
    with pytest.raises(NotAllowed):
        box.post("/disk/open", body, token=token)
    assert disk.volume.tried == []


def test_a_box_without_a_data_disk_of_its_own_says_so(office: WebOffice) -> None:
    assert LISTENER in office.pass_phrases
    assert "no data disk of its own" in office.signed_in().get("/disk").text
