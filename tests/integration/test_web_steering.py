"""What people may ask of a call's recording from the page, with its script and without."""

from __future__ import annotations

import json
import re
import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.open_page import cookie_of, open_page
from tests.integration.web_office import ADMINISTRATOR, LISTENER, NUMBER, WebOffice, form_token, recorded
from webui.server import WebServer

BY_SCRIPT = {"Accept": "application/json"}


def press(browser: FlaskClient, call_id: str, action: str, by_script: bool = False, back: str = "") -> TestResponse:
    data = {"csrf_token": form_token(browser.get("/help")), "next": back}
    return browser.post(f"/in-progress/{call_id}/{action}", data=data, headers=BY_SCRIPT if by_script else None)


@pytest.mark.parametrize("action", ["pause", "resume", "start", "remind", "told"])
def test_what_is_asked_reaches_the_lines_in_the_name_of_who_asked(office: WebOffice, action: str) -> None:
    office.lines.call("a", **recorded(actions=[action]))
    answer = press(office.signed_in(), "a", action, by_script=True)
    assert answer.status_code == 200, answer.text
    assert office.lines.asked == [("a", action, {"how": "page", "who": LISTENER})]


def test_without_scripts_the_page_has_forms_and_says_what_became_of_them(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    browser = office.signed_in()
    page = browser.get("/in-progress").text
    assert f"{NUMBER} → 201" in page
    form = re.search(r'<form method="post" action="(/in-progress/a/pause)" data-action="pause">', page)
    assert form is not None, page
    answer = press(browser, "a", "pause", back="/calls?line=main")
    assert (answer.status_code, answer.location) == (303, "/calls?line=main")
    page = browser.get("/calls").text
    assert "The recording is paused." in page
    assert re.search(r"Paused since \d\d:\d\d:\d\d\. Goes on by itself at \d\d:\d\d:\d\d\.", page)
    assert re.search(r'action="/in-progress/a/resume" data-action="resume">', page)
    assert re.search(r'action="/in-progress/a/pause" data-action="pause" hidden>', page)
    assert "The recording is paused." not in browser.get("/calls").text


def test_a_form_never_leads_off_the_box(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    assert press(office.signed_in(), "a", "pause", back="//evil.example").location == "/in-progress"


@pytest.mark.parametrize("by_script", [True, False])
def test_a_refusal_is_told_in_the_lines_own_words(office: WebOffice, by_script: bool) -> None:
    office.lines.call("a", **recorded(mode="always", actions=[]))
    browser = office.signed_in()
    answer = press(browser, "a", "pause", by_script)
    words = "This call is always recorded and may not be paused."
    if by_script:
        assert (answer.status_code, answer.json) == (409, {"said": words})
    else:
        assert words in browser.get("/in-progress").text


def test_a_call_that_has_ended_and_lines_that_are_away_are_told_apart(office: WebOffice) -> None:
    browser = office.signed_in()
    ended = press(browser, "gone", "pause", by_script=True)
    assert (ended.status_code, ended.json) == (404, {"said": "There is no such call; it may have just ended."})
    office.lines.stop()
    away = press(browser, "gone", "pause", by_script=True)
    assert away.status_code == 503
    assert "connecting…" in browser.get("/in-progress").text


def test_an_administrator_sees_that_a_call_is_paused_and_has_no_button(office: WebOffice) -> None:
    office.lines.call("a", **recorded(paused=True, paused_at_ms=1, actions=["resume"]))
    browser = office.signed_in(ADMINISTRATOR)
    page = browser.get("/in-progress").text
    shown = page.partition('id="live-list"')[2].partition("<template")[0]
    assert "Paused since" in shown
    assert NUMBER not in page
    assert "data-call" not in shown
    assert 'class="steer" data-part="steer" role="group" aria-label="Incoming call" hidden' in shown
    assert press(browser, "a", "resume", by_script=True).status_code == 403
    assert office.lines.asked == []


def test_a_stranger_a_forger_and_a_maker_up_of_actions_change_nothing(office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    stranger = office.browser()
    token = form_token(stranger.get("/sign-in"))
    assert stranger.post("/in-progress/a/pause", data={"csrf_token": token}).location == "/sign-in"
    browser = office.signed_in()
    assert browser.post("/in-progress/a/pause", headers=BY_SCRIPT).status_code == 400
    assert browser.get("/in-progress/a/pause").status_code == 405
    assert press(browser, "a", "hang-up").status_code == 404
    other_site = {"Sec-Fetch-Site": "cross-site"}
    data = {"csrf_token": form_token(browser.get("/help"))}
    assert browser.post("/in-progress/a/pause", data=data, headers=other_site).status_code == 403
    assert office.lines.asked == []


def test_two_people_looking_see_a_pause_within_a_second(office: WebOffice, server: WebServer) -> None:
    office.lines.call("a", **recorded())
    cookie, browser = cookie_of(office), office.signed_in()
    with open_page(server, cookie) as first, open_page(server, cookie) as second:
        for page in (first, second):
            page.until(lambda news: news["calls"])
        began = time.monotonic()
        assert press(browser, "a", "pause", by_script=True).status_code == 200
        for page in (first, second):
            page.until(lambda news: news["calls"] and news["calls"][0]["recording_name"] == "Paused")
        assert time.monotonic() - began < 1.0


def test_what_is_playing_and_what_was_noted_is_told_in_words(office: WebOffice, server: WebServer) -> None:
    playing = [{"prompt": "reminder", "to": "far_party"}, {"prompt": "reminder", "to": "office_party"}]
    office.lines.call("a", **recorded(playing=playing, tags=["reminder given"], mode="on_demand"))
    with open_page(server, cookie_of(office)) as page:
        [call] = page.until(lambda news: news["calls"])["calls"]
    assert call["playing"] == "Playing “Reminder” to the outside party and the office."
    assert call["tags"] == ["Reminder given"]
    assert call["what"] == "Talking · line main · on demand"


def test_no_page_tells_who_is_calling_to_anybody_without_the_right(office: WebOffice, server: WebServer) -> None:
    office.lines.call("a", **recorded(tags=["told caller"]))
    with open_page(server, cookie_of(office, ADMINISTRATOR)) as page:
        news = page.until(lambda news: news["calls"])
    assert NUMBER not in json.dumps(news)
    assert "201" not in json.dumps(news["calls"])
