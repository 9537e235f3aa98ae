"""The pages of the settings over the real opener: seen, changed, refused, undone, by file, and tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.settings.settings_file import SettingsFile
from tests.integration.settings_form import fields_of
from tests.integration.updated_box import DIRECTOR, director_of
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, sign_in, web_office

TRUNK = {"name": "bt", "host": "192.0.2.1", "user": "office", "password": "hush-hush-hush"}
LINE = {"name": "main", "kind": "sip", "sip": {"trunks": [TRUNK], "office": {"host": "192.0.2.9"}}}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as office:
        store = SettingsFile(office.home.settings_file)
        store.replace(store.read() | {"lines": [LINE]})
        yield office


def saved(office: WebOffice) -> dict[str, Any]:
    return SettingsFile(office.home.settings_file).read()


def save(browser: FlaskClient, at: str, **changed: Any) -> TestResponse:
    """As somebody who opens the page, changes some fields and saves."""
    section = at.removeprefix("/settings/").partition("/")[0]
    return browser.post(f"/settings/{section}/keep", data=fields_of(browser.get(at).text) | changed)


def test_every_page_is_drawn_and_saved_untouched_changes_nothing(office: WebOffice) -> None:
    browser, before = office.signed_in(ADMINISTRATOR), saved(office)
    front = browser.get("/settings")
    assert front.status_code == 200
    for at in sorted(
        set(re.findall(r'href="(/settings/[a-z_]+)"', front.text)) - {"/settings/file", "/settings/changes"}
    ):
        page = browser.get(at)
        assert page.status_code == 200, at
        if "settings-form" in page.text and 'fieldset class="bare" disabled' not in page.text:
            answer = save(browser, at)
            assert answer.status_code == 303, answer.text
    assert save(browser, "/settings/lines/0").status_code == 303
    assert "settings-changed" not in office.recorder.kinds()
    assert saved(office) == before


def test_what_was_typed_is_in_effect_and_no_password_goes_to_a_browser(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    assert TRUNK["password"] not in browser.get("/settings/lines/0").text
    answer = save(browser, "/settings/lines/0", **{"sip.trunks.0.user": "office2", "mode": "always"})
    assert answer.status_code == 303, answer.text
    (line,) = saved(office)["lines"]
    assert (line["mode"], line["sip"]["trunks"][0]["user"]) == ("always", "office2")
    assert line["sip"]["trunks"][0]["password"] == TRUNK["password"]
    elsewhere = {"sip.trunks.0.host": "192.0.2.66"}
    answer = save(browser, "/settings/lines/0", **elsewhere)
    assert (answer.status_code, "to send it elsewhere, type it again" in answer.text) == (422, True)
    answer = save(browser, "/settings/lines/0", **elsewhere, **{"sip.trunks.0.password": "typed-once-more"})
    assert answer.status_code == 303, answer.text
    (trunk,) = saved(office)["lines"][0]["sip"]["trunks"]
    assert (trunk["host"], trunk["password"]) == ("192.0.2.66", "typed-once-more")
    assert "Saved. Start these again" in browser.get("/settings/lines").text


def test_a_mistake_stands_beside_its_field_and_keeps_what_was_typed(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    answer = save(browser, "/settings/lines/0", **{"sip.trunks.0.host": "two words", "name": "front"})
    assert answer.status_code == 422
    assert re.search(r'id="sip-trunks-0-host-wrong"[^>]*>[^<]*is not a host name', answer.text)
    assert 'value="front"' in answer.text
    assert saved(office)["lines"][0]["name"] == "main"
    data = fields_of(browser.get("/settings/codes").text) | {"pause": "*49"}
    told = browser.post(
        "/settings/pause/check", data=fields_of(browser.get("/settings/pause").text) | {"reminder_s": "700"}
    )
    assert told.json == {"beside": {"reminder_s": "must be 600 or less"}}
    assert browser.post("/settings/codes/keep", data=data).status_code == 422


def test_things_are_added_moved_and_taken_away(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    for name in ("HR", "Private"):
        new = {"name": name, "mode": "never", "extensions": "206"}
        assert save(browser, "/settings/rules/new?kind=rule", **new).status_code == 303
    version = fields_of(browser.get("/settings/rules/0").text)["version"][0]
    token = form_token(browser.get("/settings/rules"))
    browser.post("/settings/rules/1/up", data={"csrf_token": token, "version": version})
    assert [rule["name"] for rule in saved(office)["rules"]] == ["Private", "HR"]
    old = browser.post("/settings/rules/0/remove", data={"csrf_token": token, "version": version})
    assert (old.status_code, "Somebody else changed" in old.text) == (409, True)
    version = fields_of(browser.get("/settings/rules/0").text)["version"][0]
    browser.post("/settings/rules/0/remove", data={"csrf_token": token, "version": version})
    assert [rule["name"] for rule in saved(office)["rules"]] == ["HR"]


def test_somebody_who_was_overtaken_sees_what_they_typed_and_loses_nothing_of_the_other(office: WebOffice) -> None:
    one, other = office.signed_in(ADMINISTRATOR), office.signed_in(ADMINISTRATOR)
    typed = fields_of(other.get("/settings/pause").text) | {"reminder_s": "45"}
    save(one, "/settings/codes", pause="*58")
    answer = other.post("/settings/pause/keep", data=typed)
    assert (answer.status_code, "Somebody else changed" in answer.text, 'value="45"' in answer.text) == (
        409,
        True,
        True,
    )
    again = other.post("/settings/pause/keep", data=fields_of(answer.text))
    assert again.status_code == 303
    assert (saved(office)["codes"]["pause"], saved(office)["pause"]["reminder_s"]) == ("*58", 45)


def test_each_role_has_what_is_theirs(office: WebOffice) -> None:
    phrase, director = director_of(office), office.browser()
    sign_in(director, DIRECTOR, phrase)
    looked_at = director.get("/settings/pause").text
    assert ("disabled" in looked_at, ">Save</button>" in looked_at) == (True, False)
    assert ">Save</button>" in director.get("/settings/sign_in").text
    new = {"name": "regulated", "years": "5", "regulated": "yes"}
    assert save(director, "/settings/retention/new?kind=retention", **new).status_code == 303
    refused = save(director, "/settings/pause", reminder_s="45")
    assert (refused.status_code, "may not change settings" in refused.text) == (409, True)
    assert office.signed_in(LISTENER).get("/settings").status_code == 403


def test_nobody_shuts_out_the_browser_that_they_sit_at(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    browser.environ_base["REMOTE_ADDR"] = "192.168.7.9"
    refused = save(browser, "/settings/network", lan="10.0.0.0/8")
    assert refused.status_code == 422
    assert "would shut out this browser, whose address is 192.168.7.9" in refused.text
    assert save(browser, "/settings/network", lan="10.0.0.0/8\n192.168.7.0/24").status_code == 303


_OWN_FORMAT = """
[shape]
kind = "delimited"
delimiter = ";"
fields = ["date", "time", "duration", "extension", "way", "number"]
[time]
fields = ["date", "time"]
forms = ["%d.%m.%Y %H:%M"]
[[direction]]
means = "outbound"
when = { way = "out" }
[outbound]
extension = "extension"
number = "number"
"""


def test_a_call_log_of_an_own_format_is_described_tried_and_saved(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    new = "/settings/smdr/new?kind=call_log"
    form = fields_of(browser.get(new).text) | {"name": "pbx", "connect.here": "yes", "connect.host": "192.0.2.5:1752"}
    form |= {"format": "custom", "log_lines": "22.11.2026;11:58;95;204;out;01632 960123\nno call at all"}
    wrong = browser.post("/settings/smdr/try", data=form | {"custom": "[shape"})
    assert wrong.status_code == 422
    assert "The description is not TOML" in wrong.text
    tried = browser.post("/settings/smdr/try", data=form | {"custom": _OWN_FORMAT})
    assert "1 call, 0 that are none, 1 not read." in tried.text
    assert "extension 204 · number 01632960123" in tried.text
    assert "no call at all</textarea>" in tried.text
    assert saved(office)["smdr"] == [], "nothing is saved by that"
    assert "it is not TOML" in browser.post("/settings/smdr/keep", data=form | {"custom": "[shape"}).text
    assert browser.post("/settings/smdr/keep", data=form | {"custom": _OWN_FORMAT}).status_code == 303
    (log,) = saved(office)["smdr"]
    assert log["custom"]["shape"]["delimiter"] == ";"
    shown = browser.get("/settings/smdr/0").text
    assert "delimiter = &#34;;&#34;" in shown
    assert (
        "0 calls, 0 that are none, 1 not read."
        in browser.post("/settings/smdr/try", data=form | {"custom": "", "format": "3cx", "log_lines": "x"}).text
    )
