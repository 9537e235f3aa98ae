"""Calls of several kinds of line on one page: each is held by a process of its own, and may be away by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.lines_instance import LinesInstance
from tests.integration.open_page import cookie_of, open_page
from tests.integration.test_web_desks import paired
from tests.integration.test_web_desks import press as press_at_desk
from tests.integration.test_web_steering import press
from tests.integration.web_office import LISTENER, LinesSide, WebOffice, recorded
from webui.server import WebServer


def set_up(office: WebOffice, *kinds: LinesInstance) -> None:
    store = SettingsFile(office.home.settings_file)
    store.replace(store.read() | {"lines": [{"name": kind, "kind": kind} for kind in kinds]})


@pytest.fixture
def siprec(office: WebOffice) -> Iterator[LinesSide]:
    """The process that hears copies of calls. The page's settings do not name it yet."""
    with closing(LinesSide(office.home, "siprec")) as side:
        side.start()
        yield side


def test_calls_of_lines_that_are_set_up_later_join_the_open_page_and_one_kind_may_be_away(
    office: WebOffice, siprec: LinesSide, server: WebServer
) -> None:
    office.lines.call("a", **recorded())
    siprec.call("s", **recorded(line="copies"))
    with open_page(server, cookie_of(office)) as page:
        [call] = page.until(lambda news: news["connection"] == "live" and news["calls"])["calls"]
        assert call["id"] == "a"
        set_up(office, "sip", "siprec")
        both = page.until(lambda news: news["connection"] == "live" and len(news["calls"]) == 2)["calls"]
        assert [call["id"] for call in both] == ["a", "s"]
        siprec.stop()
        [call] = page.until(lambda news: news["connection"] == "partly")["calls"]
        assert call["id"] == "a"
        assert "some lines do not answer yet" in office.signed_in().get("/in-progress").text
        set_up(office, "sip")
        assert page.until(lambda news: news["connection"] == "live")["calls"] == [call]


@pytest.mark.parametrize("page_is_open", [True, False])
def test_what_is_asked_goes_to_who_has_the_call_and_to_nobody_else(
    office: WebOffice, siprec: LinesSide, server: WebServer, page_is_open: bool
) -> None:
    set_up(office, "sip", "siprec")
    office.lines.call("a", **recorded())
    siprec.call("s", **recorded(extension="202", office_party="202"))
    if page_is_open:
        with open_page(server, cookie_of(office)) as page:
            page.until(lambda news: len(news["calls"]) == 2)
    assert press(office.signed_in(), "s", "pause", by_script=True).status_code == 200
    assert siprec.asked == [("s", "pause", {"how": "page", "who": LISTENER})]
    desk = paired(office, "202")
    assert press_at_desk(desk, "resume").status_code == 200
    assert siprec.asked[-1] == ("202", "resume", {"how": "desk", "who": "Reception"})
    assert office.lines.asked == []


def test_an_office_that_only_hears_copies_is_whole_without_sip_lines(office: WebOffice, siprec: LinesSide) -> None:
    set_up(office, "siprec")
    office.lines.stop()
    siprec.call("s", **recorded())
    browser = office.signed_in()
    health = browser.get("/health").text
    assert "Everything is working." in health
    assert "Lines (SIPREC)" in health
    assert "as of now" in browser.get("/in-progress").text
    assert press(browser, "s", "pause", by_script=True).status_code == 200
    assert "Paused" in paired(office).get("/desk").text


def test_a_desk_whose_call_nobody_can_tell_of_is_not_told_that_it_has_none(
    office: WebOffice, siprec: LinesSide
) -> None:
    set_up(office, "sip", "siprec")
    desk = paired(office)
    assert "No call" in desk.get("/desk").text
    siprec.stop()
    assert "Connecting" in desk.get("/desk").text
    assert press_at_desk(desk, "pause").status_code == 503
    assert "Not answering: Lines (SIPREC)." in office.signed_in().get("/health").text
