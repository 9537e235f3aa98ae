"""Paired desks: made by somebody with the right, good for one extension's pause and resume, and for nothing else."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from firmware.cli.at_the_box import who_is_at_the_box
from firmware.cli.desks import desks
from tests.integration.open_page import open_desk
from tests.integration.web_office import (
    ADMINISTRATOR,
    LISTENER,
    NUMBER,
    WebOffice,
    form_token,
    recorded,
    sign_in,
)
from webui.server import WebServer

BY_SCRIPT = {"Accept": "application/json"}


def code_for(office: WebOffice, extension: str = "201", name: str = "Reception", who: str = ADMINISTRATOR) -> str:
    browser = office.signed_in(who)
    data = {"csrf_token": form_token(browser.get("/desks")), "extension": extension, "name": name}
    page = browser.post("/desks", data=data).text
    found = re.search(r'<p class="big-code">([^<]+)</p>', page)
    assert found is not None, page
    return found[1]


def paired(office: WebOffice, extension: str = "201") -> FlaskClient:
    browser = office.browser()
    data = {"csrf_token": form_token(browser.get("/desk")), "code": code_for(office, extension)}
    assert browser.post("/desk", data=data).status_code == 303
    return browser


def press(browser: FlaskClient, action: str) -> Any:
    return browser.post(f"/desk/{action}", data={"csrf_token": form_token(browser.get("/desk"))}, headers=BY_SCRIPT)


def token_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("earmark-desk")
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("who", [ADMINISTRATOR, LISTENER])
def test_a_code_typed_at_the_desk_pairs_its_browser(office: WebOffice, who: str) -> None:
    browser = office.browser()
    data = {"csrf_token": form_token(browser.get("/desk")), "code": code_for(office, who=who).lower()}
    answer = browser.post("/desk", data=data)
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("earmark-desk=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Max-Age=34560000" in cookie
    assert "Reception" in browser.get("/desk").text
    assert {"desk-offered", "desk-paired"} <= set(office.recorder.kinds())


def test_a_wrong_code_pairs_nothing_and_says_so(office: WebOffice) -> None:
    browser = office.browser()
    answer = browser.post("/desk", data={"csrf_token": form_token(browser.get("/desk")), "code": "2222-2222"})
    assert answer.status_code == 401
    assert "This code is wrong, or no longer good." in answer.text
    assert browser.get_cookie("earmark-desk") is None


def test_a_desk_pauses_and_resumes_its_own_extension_in_its_own_name(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    desk = paired(office)
    assert press(desk, "pause").json == {"said": "The recording is paused."}
    assert press(desk, "resume").json == {"said": "The recording goes on."}
    asker = {"how": "desk", "who": "Reception"}
    assert office.lines.asked == [("201", "pause", asker), ("201", "resume", asker)]


def test_a_desk_sees_how_its_call_is_recorded_and_no_number(office: WebOffice) -> None:
    desk = paired(office)
    assert "No call" in desk.get("/desk").text
    office.lines.call("a", **recorded())
    office.lines.call("b", **recorded(extension="202", office_party="202", paused=True, actions=["resume"]))
    page = desk.get("/desk").text
    assert ">Recording<" in page
    assert re.search(r'data-action="pause">', page)
    assert NUMBER not in page
    office.lines.call("a", paused=True, paused_at_ms=1, actions=["resume"])
    assert re.search(r'data-action="resume">', desk.get("/desk").text)


def test_without_scripts_the_button_is_a_form_and_a_refusal_is_shown(office: WebOffice) -> None:
    desk = paired(office)
    answer = desk.post("/desk/pause", data={"csrf_token": form_token(desk.get("/desk"))})
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert "Extension 201 has no call now." in desk.get("/desk").text


@pytest.mark.parametrize("action", ["start", "remind", "told", "hang-up"])
def test_a_desk_may_ask_for_nothing_but_pause_and_resume(office: WebOffice, action: str) -> None:
    office.lines.call("a", **recorded(actions=["start", "remind", "told"]))
    assert press(paired(office), action).status_code == 404
    assert office.lines.asked == []


def test_a_person_s_cookie_is_no_desk_s(office: WebOffice) -> None:
    person = office.signed_in()
    session = person.get_cookie("earmark")
    assert session is not None
    person.set_cookie("earmark-desk", session.value)
    form = form_token(person.get("/help"))
    assert person.post("/desk/pause", data={"csrf_token": form}, headers=BY_SCRIPT).status_code == 401
    assert person.get("/desk/events", headers={"Accept": "text/event-stream"}).status_code == 401
    assert office.lines.asked == []


def test_a_desk_outlives_the_sessions_of_everybody_and_a_restart_of_the_page(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    desk, token = office.browser(), token_of(paired(office))
    desk.set_cookie("earmark-desk", token)  # a browser that kept the desk's cookie, and no form token
    assert press(desk, "pause").status_code == 200
    kept = (office.home.state / "desks.json").read_text()
    assert token not in kept
    assert json.loads(kept)["desks"]["1"]["extension"] == "201"


def test_a_revoked_desk_is_refused_at_once_and_told_so(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    desk = paired(office)
    form = form_token(desk.get("/desk"))
    revoke_all(office)
    assert desk.post("/desk/pause", data={"csrf_token": form}, headers=BY_SCRIPT).status_code == 401
    assert office.lines.asked == []
    answer = desk.get("/desk")
    assert (answer.status_code, answer.location) == (303, "/desk?ended=yes")
    assert "This desk is no longer paired." in desk.get("/desk?ended=yes").text
    assert desk.get_cookie("earmark-desk") is None


def revoke_all(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    page = browser.get("/desks")
    for address in re.findall(r'action="(/desks/\w+/revoke)"', page.text):
        assert browser.post(address, data={"csrf_token": form_token(page)}).status_code == 303
    assert "No desk is paired yet." in browser.get("/desks").text


def test_a_desk_s_stream_tells_of_its_extension_alone(office: WebOffice, server: WebServer) -> None:
    with open_desk(server, token_of(paired(office))) as stream:
        stream.until(lambda news: news["state"] == "none")
        office.lines.call("b", **recorded(extension="202", office_party="202"))
        office.lines.call("a", **recorded())
        news = stream.until(lambda news: news["state"] != "none")
        assert (news["state"], news["action"]) == ("on", "pause")
        assert NUMBER not in json.dumps(news)
        office.lines.call("a", paused=True, actions=["resume"], resumes_at_ms=99)
        assert stream.until(lambda news: news["state"] == "paused")["resumes_at_ms"] == 99


def test_revoking_ends_an_open_page_within_two_seconds(office: WebOffice, server: WebServer) -> None:
    with open_desk(server, token_of(paired(office))) as stream:
        stream.until(lambda news: news["state"] == "none")
        revoke_all(office)
        began = time.monotonic()
        kinds = []
        with pytest.raises(EOFError):
            while True:
                kinds.append(stream.news()[0])
        assert time.monotonic() - began < 2.0
    assert kinds[-1] == "revoked"


def test_desks_are_paired_listed_and_revoked_by_the_command_too(office: WebOffice) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(desks, words, obj=office.home, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    code = re.search(r"^    (\S{4}-\S{4})$", run("add", "201", "--name", "Reception"), re.MULTILINE)
    assert code is not None
    assert "waits until" in run("list")
    browser = office.browser()
    browser.post("/desk", data={"csrf_token": form_token(browser.get("/desk")), "code": code[1]})
    listed = json.loads(run("list", "--json"))
    assert [(desk["name"], desk["extension"]) for desk in listed["desks"]] == [("Reception", "201")]
    assert listed["waiting"] == []
    assert "token" not in json.dumps(listed)
    assert "can no longer pause extension 201" in run("revoke", listed["desks"][0]["desk_id"])
    assert "No desk is paired" in run("list")
    assert browser.get("/desk").location == "/desk?ended=yes"
    told = [each["detail"] for each in office.recorder.evidence if each["kind"] in ("desk-offered", "desk-revoked")]
    assert [detail["by"] for detail in told] == [who_is_at_the_box()] * 2


def test_what_cannot_be_a_desk_is_said_beside_the_form_and_nothing_typed_is_lost(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    data = {"csrf_token": form_token(browser.get("/desks")), "extension": "two hundred!", "name": "Reception"}
    answer = browser.post("/desks", data=data)
    assert answer.status_code == 422
    assert "That is no extension." in answer.text
    assert 'value="two hundred!"' in answer.text


def test_a_desk_stays_paired_when_somebody_signs_in_and_out_beside_it(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    desk = paired(office)
    sign_in(desk, LISTENER, office.pass_phrases[LISTENER])
    desk.post("/sign-out", data={"csrf_token": form_token(desk.get("/help"))})
    assert press(desk, "pause").status_code == 200
