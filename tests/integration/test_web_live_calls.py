"""Calls in progress over the real web server: what pages are told, and what happens when lines goes away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest

from firmware.adapters.control.client import ControlClient
from tests.integration.open_page import PATIENCE_S, cookie_of, open_page
from tests.integration.web_office import ADMINISTRATOR, NUMBER, WebOffice
from webui.live_calls import call_feed, views
from webui.live_calls.stream import Pace
from webui.server import WebServer


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    waiting = threading.Event()
    while not true():
        assert time.monotonic() < deadline
        waiting.wait(0.02)


def test_a_call_shows_while_it_goes_on_and_leaves_when_it_ends(office: WebOffice, server: WebServer) -> None:
    office.lines.call("a", state="ringing")
    with open_page(server, cookie_of(office)) as page:
        [call] = page.until(lambda news: news["connection"] == "live" and news["calls"])["calls"]
        assert (call["who"], call["what"]) == (f"{NUMBER} → 201", "Ringing · line main · may be paused")
        office.lines.call("a", state="connected", recording=True, connected_at_ms=1)
        [call] = page.until(lambda news: news["calls"] and news["calls"][0]["recording"] == "on")["calls"]
        assert (call["what"].partition(" ·")[0], call["since_ms"]) == ("Talking", 1)
        office.lines.call("a", state="ended")
        assert page.until(lambda news: not news["calls"])["connection"] == "live"


def test_an_administrator_is_told_of_calls_but_of_nobody_on_them(office: WebOffice, server: WebServer) -> None:
    office.lines.call("a", state="connected", recording=True)
    with open_page(server, cookie_of(office, ADMINISTRATOR)) as page:
        news = page.until(lambda news: bool(news["calls"]))
    assert NUMBER not in json.dumps(news)
    assert news["calls"][0]["who"] == "Incoming call"
    assert "id" not in news["calls"][0]
    assert news["calls"][0]["actions"] == []
    assert news["calls"][0]["recording"] == "on"


def test_a_page_survives_the_restart_of_lines_and_says_so_meanwhile(office: WebOffice, server: WebServer) -> None:
    office.lines.call("a")
    with open_page(server, cookie_of(office)) as page:
        page.until(lambda news: news["connection"] == "live" and news["calls"])
        office.lines.stop()
        assert page.until(lambda news: news["connection"] == "connecting")["calls"] == []
        office.lines.call("a", state="ended")
        office.lines.call("b")
        office.lines.start()
        [call] = page.until(lambda news: news["connection"] == "live" and news["calls"])["calls"]
        assert call["what"].startswith("Ringing")


def test_a_recording_that_begins_or_ends_is_told_so_that_the_list_can_be_refreshed(
    office: WebOffice, server: WebServer
) -> None:
    with open_page(server, cookie_of(office)) as page:
        before = page.until(lambda news: news["connection"] == "live" and news["recordings"] > 0)["recordings"]
        office.recorder.feed.publish("recording", {"recording_id": "x", "state": "complete"})
        after = page.until(lambda news: news["recordings"] != before)
    assert "x" not in json.dumps(after["calls"])


def test_the_stream_ends_with_the_session(
    office: WebOffice, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PACE", Pace(0.05, 0.05))
    cookie = cookie_of(office)
    with open_page(server, cookie) as page:
        page.until(lambda news: True)
        ControlClient(office.home.opener_socket).post("/sign-out", {"token": cookie})
        kinds = []
        with pytest.raises(EOFError):
            while True:
                kinds.append(page.news()[0])
    assert kinds[-1] == "signed-out"


def test_watching_does_not_keep_a_session_alive(
    office: WebOffice, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PACE", Pace(0.02, 0.02))
    cookie = cookie_of(office)
    client = ControlClient(office.home.opener_socket)

    def ends_at() -> int:
        return int(client.get("/session", token=cookie, query={"activity": "no"})["expires_at_ms"])

    before = ends_at()
    with open_page(server, cookie) as page:
        page.until(lambda news: True)
        for _ in range(20):
            assert page.answer.readline()
    assert ends_at() == before


def test_a_page_that_goes_frees_its_place(
    office: WebOffice, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PACE", Pace(0.05, 0.05))
    feed = office.app.extensions["earmark"].feed
    with open_page(server, cookie_of(office)) as page:
        page.until(lambda news: True)
        assert feed.pages == 1
    wait_until(lambda: bool(feed.pages == 0))


def test_more_pages_than_the_box_serves_are_asked_to_wait(
    office: WebOffice, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_feed, "MOST_PAGES", 2)
    cookie = cookie_of(office)
    with open_page(server, cookie), open_page(server, cookie), open_page(server, cookie) as third:
        assert third.answer.status == 429


def test_open_pages_do_not_hold_up_the_end_of_the_process(office: WebOffice) -> None:
    server = WebServer(office.app, "127.0.0.1:0")
    server.start()
    cookie = cookie_of(office)
    with open_page(server, cookie) as page:
        page.until(lambda news: True)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 4.0
