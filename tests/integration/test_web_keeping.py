"""The page about keeping: how long, what goes next, what a full disk means; shown and chosen by the table's roles."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.access_policy import Role
from firmware.core.home import Home
from tests.integration.keeper_at_work import keeper_at_work
from tests.integration.sealed_call import list_call
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, new_record, web_office
from tests.integration.web_people import browsers_of

ROLES = {"dora": Role.DIRECTOR, "otto": Role.DATA_PROTECTION_OFFICER, "lena": Role.LINE_MANAGER}
TWO_CLASSES = [
    {"name": "sampling", "months": 3},
    {"name": "advice", "years": 5, "regulated": True},
    {"name": "standard", "years": 2},
]


def keeper_with_classes(home: Home) -> Mapping[str, Handler]:
    """Two years for the standard class, where calls were kept by six so far."""
    calls = [new_record(datetime.now(UTC) - timedelta(days=days)) for days in (0, 710, 720, 750)]
    for call in calls:
        list_call(home, call)
    with closing(sqlite3.connect(home.catalogue)) as database, database:
        database.execute("INSERT INTO retention_periods VALUES ('standard', 6, 0, 0, 0, 'Europe/London')")
        database.execute("UPDATE recordings SET expires_at_ms = started_at_ms + 189302400000")
    settings = SettingsFile(home.settings_file)
    settings.replace({**settings.read(), "retention": TWO_CLASSES})
    return keeper_at_work(home)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper_with_classes) as made:
        yield made


@pytest.fixture
def browsers(office: WebOffice) -> dict[str, FlaskClient]:
    return browsers_of(office, ROLES)


def post(browser: FlaskClient, address: str, **typed: str | list[str]) -> TestResponse:
    return browser.post(address, data={"csrf_token": form_token(browser.get("/help")), **typed})


def look(office: WebOffice) -> None:
    """Have the keeper look."""
    ControlClient(office.home.keeper_socket, 20).post("/look-now", {})


def plain(page: TestResponse) -> str:
    """What is read on it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_classes_are_shown_with_their_times_and_what_goes_next(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    look(office)
    for name in ("dora", LISTENER, "otto", ADMINISTRATOR):
        told = plain(browsers[name].get("/holds"))
        assert "standard 6 years 4 0" in told, name
        assert "advice Regulated 5 years 0 0" in told
        assert "Next to be erased: 1 call, on" in told
        assert "0 within 7 days, 0 within 30" in told
    assert browsers["lena"].get("/holds").status_code == 403


def test_a_class_that_gets_shorter_waits_until_a_director_names_both_numbers(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    look(office)
    asked = plain(browsers["otto"].get("/holds"))
    assert "The settings shorten the class “standard” from 6 years to 2 years" in asked
    assert "1 call would be erased at once, 2 more within 30 days. In all 3 calls would go sooner than now." in asked
    confirm = {"class": "standard", "erases": "1", "sooner": "3", "because": "the new policy"}
    for name in (LISTENER, "otto", ADMINISTRATOR):
        assert post(browsers[name], "/holds/shorter-class", **confirm).status_code == 403
    assert post(browsers["dora"], "/holds/shorter-class", **{**confirm, "sooner": "2"}).status_code == 303
    assert "not 1 at once and 2 in all. Nothing was changed." in plain(browsers["dora"].get("/holds"))
    assert post(browsers["dora"], "/holds/shorter-class", **confirm).status_code == 303
    assert "standard 2 years 3 2" in plain(browsers["dora"].get("/holds"))
    entered = [entry for entry in office.recorder.evidence if entry["kind"] == "retention-confirmed"]
    assert entered[-1]["subject"]["erases"] == "1"
    assert entered[-1]["detail"]["because"] == "the new policy"


def test_what_a_full_disk_means_is_chosen_by_the_roles_of_the_table_and_entered(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    look(office)
    assert "So it is until somebody chooses." in plain(browsers["dora"].get("/holds"))
    shorten: dict[str, str | list[str]] = {
        "when_full": "shorten",
        "shorten": ["sampling"],
        "because": "trials are not needed",
    }
    for name in ("otto", ADMINISTRATOR, "lena"):
        assert post(browsers[name], "/holds/when-full", **shorten).status_code == 403
    wrongs: list[dict[str, str | list[str]]]
    wrongs = [{"shorten": []}, {"shorten": ["advice"]}, {"because": ""}, {"when_full": "burn"}]
    for wrong in wrongs:
        post(browsers[LISTENER], "/holds/when-full", **{**shorten, **wrong})
        assert 'class="alert"' in browsers[LISTENER].get("/holds").text
    assert "space-choice" not in office.recorder.kinds()
    assert post(browsers[LISTENER], "/holds/when-full", **shorten).status_code == 303
    told = plain(browsers["otto"].get("/holds"))
    assert "The oldest calls of these classes go before their time: sampling." in told
    assert f"Chosen by {LISTENER}, Today" in told
    (entry,) = [each for each in office.recorder.evidence if each["kind"] == "space-choice"]
    assert entry["subject"]["when_full"] == "shorten"
    assert entry["detail"]["shorten"] == ["sampling"]
    assert "erase the oldest calls" in entry["detail"]["what"]
    assert "The oldest recordings go first of: sampling" in browsers[ADMINISTRATOR].get("/health").text
    post(browsers["dora"], "/holds/when-full", when_full="stop", because="a larger disk is in")
    assert "Nothing goes before its time." in plain(browsers["otto"].get("/holds"))
