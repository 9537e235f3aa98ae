"""A first director is led through what is left, step by step, until the box shows that it is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.server import Request
from firmware.adapters.settings.set_up_book_file import SetUpBookFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.access_policy import Role
from firmware.core.set_up_book import SetUpBook
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, NUMBER, WebOffice, form_token, new_record, sign_in, web_office

GUIDE = "/set-up-guide"


class Keeper:
    """Takes test alerts, and sends them nowhere."""

    def __init__(self) -> None:
        self.asked_by: list[str] = []
        self.refuses = ""

    def test(self, request: Request) -> dict[str, Any]:
        self.asked_by.append(str(request.body["by"]))
        return {"destinations": [["office-mail", self.refuses]]}


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def office(tmp_path: Path, keeper: Keeper) -> Iterator[WebOffice]:
    """Set up a minute ago by its director, who has not gone through the guide."""
    with web_office(tmp_path, keeper_of=lambda _: {"POST /alerts/test": keeper.test}) as made:
        begun = round((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
        SqliteCatalogueWriter(made.home.catalogue).close()  # as the recorder does when it first starts
        SetUpBookFile(made.home.set_up_book).keep(SetUpBook(begun_at_ms=begun))
        yield made


@pytest.fixture
def director(office: WebOffice) -> FlaskClient:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    phrases = add_people(office.home, key, {"dora": Role.DIRECTOR})
    browser = office.browser()
    assert sign_in(browser, "dora", phrases["dora"]).status_code == 303
    return browser


def post(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": form_token(browser.get(GUIDE)), **fields})


def left(browser: FlaskClient) -> list[str]:
    """The addresses of the steps that are not done."""
    page = browser.get(GUIDE).text
    steps = re.findall(rf'<li class="card( done)?">.*?href="{GUIDE}/([a-z-]+)"', page, re.DOTALL)
    return [slug for done, slug in steps if not done]


def test_a_first_director_lands_on_the_guide_until_it_is_put_aside(office: WebOffice, director: FlaskClient) -> None:
    assert director.get("/").location == GUIDE
    assert "Go on with the set-up guide" in director.get("/to-do").text
    assert office.signed_in().get("/").location != GUIDE, "it is the director's"
    assert post(director, f"{GUIDE}/aside", aside="yes").status_code == 303
    assert director.get("/").location != GUIDE
    assert "Go on with the set-up guide" not in director.get("/to-do").text
    assert "notice" in left(director), "it is there still, for whoever looks for it"
    post(director, f"{GUIDE}/aside", aside="no")
    assert director.get("/").location == GUIDE
    assert office.recorder.kinds().count("set-up-put-aside") == 1


def test_what_the_box_sees_by_itself_is_done_and_the_rest_is_left(office: WebOffice, director: FlaskClient) -> None:
    assert left(director) == ["sign-in", "notice", "keeping", "staff", "alerts", "first-call"]
    seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=5)), 4.0)
    assert "first-call" not in left(director)


def test_a_notice_that_was_heard_is_to_be_heard_again_when_another_is_played(
    office: WebOffice, director: FlaskClient
) -> None:
    page = director.get(f"{GUIDE}/notice").text
    sounds = re.findall(r'<audio [^>]*src="([^"]+)"', page)
    assert sounds
    assert all(director.get(each).mimetype == "audio/wav" for each in sounds)
    answer = post(director, f"{GUIDE}/notice")
    assert (answer.status_code, answer.location) == (303, f"{GUIDE}/keeping"), "the next that is left"
    assert "notice" not in left(director)
    settings = SettingsFile(office.home.settings_file)
    document = settings.read()
    for line in document["lines"]:
        if line["kind"] == "sip":
            line.setdefault("notice", {})["inbound"] = "reminder"
    settings.replace(document)
    assert "notice" in left(director)


def test_a_directors_word_counts_on_the_compliance_page_too(office: WebOffice, director: FlaskClient) -> None:
    refused = post(director, f"{GUIDE}/keeping", note="x")
    assert (refused.status_code, "in a few words" in refused.text) == (422, True)
    assert post(director, f"{GUIDE}/keeping", note="six years, as contracts").status_code == 303
    assert post(director, f"{GUIDE}/staff", note="signed copies in the blue folder").status_code == 303
    assert {"keeping", "staff"}.isdisjoint(left(director))
    assert "signed copies in the blue folder" in director.get("/compliance").text
    assert office.recorder.kinds().count("duty-confirmed") == 2


def test_a_test_alert_is_sent_and_its_arrival_is_somebodys_word(
    office: WebOffice, director: FlaskClient, keeper: Keeper
) -> None:
    assert "Choose where alerts go" in director.get(f"{GUIDE}/alerts").text
    settings = SettingsFile(office.home.settings_file)
    document = settings.read()
    document["alerts"]["destinations"] = [{"name": "office-mail", "url": "jsons://192.0.2.1/alerts"}]
    settings.replace(document)
    keeper.refuses = "the name of the server is not known"
    assert "the name of the server is not known" in post(director, f"{GUIDE}/alerts/try").text
    keeper.refuses = ""
    assert "Sent" in post(director, f"{GUIDE}/alerts/try").text
    assert keeper.asked_by == ["dora", "dora"]
    post(director, f"{GUIDE}/alerts")
    assert "alerts" not in left(director)
    assert {"alerts-tried", "set-up-said"} <= set(office.recorder.kinds())


def test_who_is_led_elsewhere_finds_the_way_back_at_the_head_of_that_page(director: FlaskClient) -> None:
    assert "Back to the set-up guide" not in director.get("/people").text
    assert director.get(f"{GUIDE}/people/go").location == "/people"
    assert "Back to the set-up guide" in director.get("/people/invite").text
    assert director.get(GUIDE).status_code == 200
    assert "Back to the set-up guide" not in director.get("/people").text
    assert director.get(f"{GUIDE}/nothing").status_code == 404
    assert post(director, f"{GUIDE}/people", note="done, honestly").status_code == 422, "no tick makes it so"


def test_an_installer_of_an_office_at_work_sees_lines_and_no_numbers_and_says_what_was_tried(
    office: WebOffice, director: FlaskClient
) -> None:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    phrases = add_people(office.home, key, {"ines": Role.INSTALLER})
    installer = office.browser()
    sign_in(installer, "ines", phrases["ines"])
    office.lines.call("call-1", state="ringing")
    page = installer.get("/fit-lines")
    assert "a call in, rings" in page.text
    assert "a call in, rings" in installer.get("/fit-lines/levels").text
    assert NUMBER not in page.text
    assert NUMBER[-6:] not in page.text
    sent = {"csrf_token": form_token(page), "note": "diverts to the mobile"}
    assert installer.post("/fit-lines/fallback", data=sent).status_code == 303
    assert installer.post("/fit-lines/tried", data=sent | {"note": ""}).status_code == 422
    assert "diverts to the mobile" in director.get(GUIDE).text
    assert director.get("/fit-lines").status_code == 403
    assert office.recorder.kinds().count("set-up-said") == 1
