"""Settings undone, taken out and in as a file, and tried on a call that is only thought of: by the pages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.settings.settings_file import SettingsFile
from tests.integration.test_web_settings import LINE, TRUNK, save, saved
from tests.integration.updated_box import DIRECTOR, director_of
from tests.integration.web_office import ADMINISTRATOR, WebOffice, form_token, sign_in, web_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as office:
        store = SettingsFile(office.home.settings_file)
        rules = [{"name": "HR", "mode": "never", "numbers": ["01632 960500"]}]
        store.replace(store.read() | {"lines": [LINE], "rules": rules})
        yield office


def test_a_change_is_listed_and_one_click_goes_back_to_before_it(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    assert save(browser, "/settings/pause", reminder_s="45").status_code == 303
    assert save(browser, "/settings/codes", pause="*58").status_code == 303
    listed = browser.get("/settings/changes")
    newest, first = re.findall(r'href="(/settings/changes/[0-9a-f]+)"', listed.text)
    assert f"{ADMINISTRATOR}</a>" in listed.text
    page = browser.get(first)
    assert "Codes › Pause" in page.text, "going back undoes what came later, and says so"
    version = re.findall(r'name="version" value="([^"]+)"', page.text)[0]
    answer = browser.post(f"{first}/back", data={"csrf_token": form_token(page), "version": version})
    assert answer.status_code == 303
    assert (saved(office)["pause"]["reminder_s"], saved(office)["codes"]["pause"]) == (30, "*48")
    assert "are as they were before this change" in browser.get(first).text
    assert browser.get(newest).status_code == 200


def test_what_waits_is_had_at_once_by_whom_it_is_and_says_what_that_does(office: WebOffice) -> None:
    browser, phrase, director = office.signed_in(ADMINISTRATOR), director_of(office), office.browser()
    sign_in(director, DIRECTOR, phrase)
    waiting, asked = {"lines": "1 call is in progress", "opener": "2 people are signed in"}, []

    def restart(request: Request) -> dict[str, Any]:
        asked.append(request.body)
        return {}

    routes = {"GET /settings/waiting": lambda _: {"waiting": waiting}, "POST /settings/restart": restart}
    with ControlServer(office.home.box_socket, routes):
        page = browser.get("/settings").text
        assert "Start again now: opener<" in page
        assert "Starting lines again at once would end calls" in page
        page = director.get("/settings").text
        assert "Start again now: lines<" in page
        assert "While an emergency call is up" in page
        for each in (browser, director):
            token = form_token(each.get("/settings"))
            assert each.post("/settings/restart-now", data={"csrf_token": token}).status_code == 303
    assert [each["processes"] for each in asked] == [["opener"], ["lines"]]


def test_going_back_to_another_server_asks_for_its_password(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    new = {"sip.trunks.0.host": "192.0.2.7", "sip.trunks.0.password": "another-password"}
    assert save(browser, "/settings/lines/0", **new).status_code == 303
    (change,) = re.findall(r'href="(/settings/changes/[0-9a-f]+)"', browser.get("/settings/changes").text)
    page = browser.get(change)
    assert "Old passwords are not kept" in page.text
    assert re.search(r'<label for="secret-0">[^<]*Password</label>', page.text)
    version = re.findall(r'name="version" value="([^"]+)"', page.text)[0]
    form = {"csrf_token": form_token(page), "version": version}
    assert browser.post(f"{change}/back", data=form).status_code == 409
    assert browser.post(f"{change}/back", data=form | {"secret.0": "typed-once-more"}).status_code == 303
    (trunk,) = saved(office)["lines"][0]["sip"]["trunks"]
    assert (trunk["host"], trunk["password"]) == (TRUNK["host"], "typed-once-more")


def test_no_change_hides_behind_many_others(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    out = browser.get("/settings/file/earmark-settings.toml").text
    many = "".join(
        f'\n[[rules]]\nname = "r{number}"\nmode = "always"\nnumbers = ["0163296{number:04}"]\n' for number in range(70)
    )
    assert sent(browser, out + many, "take").status_code == 303
    (entry,) = [each for each in office.recorder.evidence if each["kind"] == "settings-changed"]
    assert entry["detail"]["settings"].endswith(" more")
    listed = browser.get("/settings/changes").text
    assert re.search(r"and \d\d\d more", listed)
    (change,) = re.findall(r'href="(/settings/changes/[0-9a-f]+)"', listed)
    page = browser.get(change).text
    assert entry["detail"]["digest"] in page
    assert "r69" in page


def sent(browser: FlaskClient, toml: str, do: str) -> TestResponse:
    page = browser.get("/settings/file")
    version = re.findall(r'name="version" value="([^"]+)"', page.text)[0]
    file = (io.BytesIO(toml.encode()), "office.toml")
    data = {"csrf_token": form_token(page), "version": version, "do": do, "file": file}
    return browser.post("/settings/file", data=data, content_type="multipart/form-data")


def test_the_file_is_taken_out_looked_at_and_taken_in(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    out = browser.get("/settings/file/earmark-settings.toml")
    assert out.headers["Content-Disposition"] == "attachment; filename=earmark-settings.toml"
    assert TRUNK["password"] not in out.text
    other = out.text.replace('pause = "*48"', 'pause = "*58"')
    looked = sent(browser, other, "look")
    assert (looked.status_code, "Codes › Pause" in looked.text) == (200, True)
    assert saved(office)["codes"] != {}
    assert saved(office)["codes"]["pause"] == "*48"
    assert sent(browser, other, "take").status_code == 303
    assert saved(office)["codes"]["pause"] == "*58"
    assert saved(office)["lines"][0]["sip"]["trunks"][0]["password"] == TRUNK["password"]
    wrong = sent(browser, out.text.replace('country = "GB"', 'country = "Britain"'), "take")
    assert wrong.status_code == 422
    assert re.search(r"office\.toml, line \d+: office\.country", wrong.text)


def test_neither_the_way_back_nor_a_file_shuts_out_the_browser_that_one_sits_at(office: WebOffice) -> None:
    browser, words = office.signed_in(ADMINISTRATOR), "would shut out this browser, whose address is 203.0.113.9"
    browser.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert save(browser, "/settings/network", lan="10.0.0.0/8\n203.0.113.0/24").status_code == 303
    (change,) = re.findall(r'href="(/settings/changes/[0-9a-f]+)"', browser.get("/settings/changes").text)
    assert words in browser.get(change).text
    page = browser.get("/settings/file")
    version = re.findall(r'name="version" value="([^"]+)"', page.text)[0]
    refused = browser.post(f"{change}/back", data={"csrf_token": form_token(page), "version": version})
    assert (refused.status_code, words in refused.text) == (409, True)
    out = browser.get("/settings/file/earmark-settings.toml").text
    narrow = re.sub(r"(?ms)^lan = \[.*?\]", 'lan = ["10.0.0.0/8"]', out)
    for do in ("look", "take"):
        refused = sent(browser, narrow, do)
        assert (refused.status_code, words in refused.text) == (422, True)
    assert saved(office)["network"]["lan"] == ["10.0.0.0/8", "203.0.113.0/24"]
    # What leaves the networks alone goes back and is taken in as ever.
    assert sent(browser, out.replace('pause = "*48"', 'pause = "*58"'), "take").status_code == 303


def test_passwords_leave_in_a_file_only_for_who_may_change_them(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    token = {"csrf_token": form_token(browser.get("/settings/file"))}
    assert TRUNK["password"] in browser.post("/settings/file/with-passwords", data=token).text
    assert "settings-exported" in office.recorder.kinds()
    phrase, director = director_of(office), office.browser()
    sign_in(director, DIRECTOR, phrase)
    token = {"csrf_token": form_token(director.get("/settings/file"))}
    assert director.post("/settings/file/with-passwords", data=token).status_code == 403


def test_what_would_happen_to_a_call_is_told_in_words_with_the_rule(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    token = {"csrf_token": form_token(browser.get("/settings/try"))}
    told = browser.post("/settings/try", data=token | {"calling": "01632 960500", "dialled": "202", "at": "mon 09:30"})
    assert "not recorded, and nobody can start it" in told.text
    assert re.search(r'<li class="applies">[^<]*HR', told.text)
    wrong = browser.post("/settings/try", data=token | {"calling": "1", "dialled": "202", "at": "teatime"})
    assert (wrong.status_code, "is no time" in wrong.text) == (422, True)
