"""The list of calls in Chromium: searched while somebody types, by keyboard, without scripts; addresses that say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.server import ControlServer
from firmware.core.call_record import Direction, Party
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.recorder_at_work import eventually
from tests.integration.sealed_call import list_call
from tests.integration.web_office import LISTENER, WebOffice, new_record, recorded

pytestmark = pytest.mark.browser

NAMES = ("Mrs Müller", "Mr Smith", "Boiler Repairs Ltd", "Jo Patel")
MOST_BYTES = 300_000


@pytest.fixture
def office(office: WebOffice) -> WebOffice:
    """Sixty calls over three days, from four people, of two lines."""
    for number in range(60):
        at = datetime.now(UTC) - timedelta(hours=number + 1)
        far = Party(f"0207946{number % 4:02}{number:02}", display_name=NAMES[number % 4])
        direction: Direction = "inbound" if number % 3 else "outbound"
        list_call(office.home, new_record(at, far, direction=direction, line=("main", "second")[number % 2]))
    return office


@pytest.fixture
def page(desk: Watched, site: str, office: WebOffice) -> Iterator[Page]:
    sign_in(desk.page, site, office)
    yield desk.page
    assert desk.complaints == []
    assert desk.hosts == {"http://localhost"}


def rows(page: Page) -> Locator:
    return page.locator("#recorded tbody tr")


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def searches(office: WebOffice) -> list[dict[str, str]]:
    return [entry["detail"]["query"] for entry in office.recorder.evidence if entry["kind"] == "searched"]


def test_calls_are_found_while_somebody_types_and_the_address_and_the_evidence_say_what_was_found(
    page: Page, office: WebOffice
) -> None:
    page.evaluate("window.notLoadedAgain = true")
    status = page.get_by_role("status").filter(has_text="calls are shown")
    expect(status).to_have_text("The newest 50 calls are shown; there are earlier ones.")
    page.get_by_label("Number, name, note or tag").press_sequentially("mull", delay=20)
    expect(rows(page)).to_have_count(15)
    expect(page.locator("#found-count")).to_have_text("15 calls found.")
    expect(rows(page).first).to_contain_text("Mrs Müller")
    assert asked(page) == {"find": ["mull"]}
    page.get_by_label("Number, name, note or tag").press_sequentially(" 0794600", delay=20)
    expect(page.locator("#found-count")).to_have_text("15 calls found.")
    page.wait_for_url(re.compile(r"find=mull\+0794600|find=mull%200794600"))
    assert page.evaluate("window.notLoadedAgain")
    told = searches(office)
    assert told[:2] == [{}, {"find": "mull"}]
    assert told[-1] == {"find": "mull 0794600"}
    assert len(told) <= 5, "one for each pause in the typing, and not for each key"
    page.go_back()
    expect(rows(page)).to_have_count(50)
    expect(page.get_by_label("Number, name, note or tag")).to_have_value("")
    assert asked(page) == {}


def test_filters_act_at_once_show_what_is_set_and_can_be_taken_away(page: Page) -> None:
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Line").fill("second")
    page.get_by_label("Direction").select_option("Outgoing")
    expect(rows(page)).to_have_count(10)
    assert asked(page) == {"line": ["second"], "direction": ["outbound"]}
    page.get_by_role("list", name="Filters that are set").get_by_role("link", name="Outgoing").click()
    expect(rows(page)).to_have_count(30)
    expect(page.get_by_label("Direction")).to_have_value("")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("To day").fill("2020-01-01")
    expect(page.get_by_text("No call matches.")).to_be_visible()
    page.get_by_label("From day").fill("2021-01-01")
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text(
        "The first day is after the last. Exchange the two."
    )
    page.get_by_role("link", name="Show all", exact=True).click()
    expect(rows(page)).to_have_count(50)


def test_the_keyboard_leads_to_the_search_and_through_the_calls_and_its_keys_can_be_switched_off(page: Page) -> None:
    expect(page.get_by_role("button", name="Keyboard")).to_be_visible()
    page.keyboard.press("/")
    box = page.get_by_label("Number, name, note or tag")
    expect(box).to_be_focused()
    page.keyboard.type("patel j?")
    expect(box).to_have_value("patel j?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    box.fill("patel")
    expect(rows(page)).to_have_count(15)
    page.get_by_role("heading", name="Past calls").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    expect(rows(page).nth(0).get_by_role("link")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys on this page")).to_be_visible()
    page.get_by_label("Use these keys in this browser").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(box).not_to_be_focused()
    page.reload()
    page.keyboard.press("/")
    expect(box).not_to_be_focused()


def test_a_search_is_saved_under_a_name_and_found_again(page: Page) -> None:
    page.get_by_label("Number, name, note or tag").fill("boiler")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(15)
    page.get_by_text("Save this search").click()
    page.get_by_label("Save it as").fill("The boiler people")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Show all", exact=True).click()
    page.get_by_role("link", name="The boiler people").click()
    expect(page.get_by_label("Number, name, note or tag")).to_have_value("boiler")
    expect(rows(page)).to_have_count(15)
    page.get_by_text("Delete one").click()
    page.get_by_role("button", name="Delete “The boiler people”").click()
    expect(page.get_by_role("link", name="The boiler people")).to_have_count(0)


def test_the_list_is_searched_filtered_and_paged_without_scripts_too(
    chromium: Browser, site: str, office: WebOffice
) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, office)
    expect(page.get_by_role("button", name="Keyboard")).to_have_count(0)
    page.get_by_role("link", name="Earlier calls").click()
    expect(rows(page)).to_have_count(10)
    page.get_by_label("Number, name, note or tag").fill("smith")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Direction").select_option("Incoming")
    page.get_by_role("button", name="Find").click()
    expect(rows(page)).to_have_count(10)
    assert asked(page)["find"] == ["smith"]
    context.close()


def test_whose_sign_in_has_ended_is_asked_to_sign_in_and_comes_back_to_the_search(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    sign_in(page, site, office)
    page.context.clear_cookies()
    page.get_by_label("Number, name, note or tag").fill("smith")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Name").fill(LISTENER)
    page.get_by_label("Pass phrase").fill(office.pass_phrases[LISTENER])
    page.get_by_role("button", name="Sign in").click()
    expect(rows(page)).to_have_count(15)
    assert asked(page) == {"find": ["smith"]}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_full_list_weighs_little_and_fits_its_window(
    chromium: Browser, site: str, office: WebOffice, size: dict[str, int]
) -> None:
    for number in range(3):
        office.lines.call(str(number), **recorded())
    context = chromium.new_context(viewport={"width": size["width"], "height": size["height"]})
    watched = Watched(context)
    weights: list[int] = []
    sign_in(watched.page, site, office)
    expect(watched.page.locator("#live-list li")).to_have_count(3)
    session = context.new_cdp_session(watched.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: weights.append(int(event["encodedDataLength"])))
    watched.page.goto(f"{site}/calls?direction=inbound&line=second")
    expect(rows(watched.page)).to_have_count(20)
    watched.page.goto(f"{site}/calls")
    expect(rows(watched.page)).to_have_count(50)
    weights.clear()
    watched.page.reload()
    expect(watched.page.locator("#connection")).to_have_text("live, 3 calls")
    assert 50_000 < sum(weights) < MOST_BYTES
    assert_well_made(watched.page)
    watched.page.get_by_text("Filters", exact=True).click()
    assert_well_made(watched.page)
    assert watched.complaints == []
    context.close()


def test_while_the_recorder_restarts_calls_are_found_and_the_list_catches_up_by_itself(
    page: Page, office: WebOffice
) -> None:
    expect(page.locator("#connection")).to_have_text("live")
    page.evaluate("window.notLoadedAgain = true")
    office.recorder_socket.stop()
    told = len(searches(office))
    page.get_by_label("Number, name, note or tag").fill("mull")
    expect(page.locator("#found-count")).to_have_text("15 calls found.")
    list_call(office.home, new_record(far=Party("02079469999", display_name="Dr Müller")))
    office.recorder.feed = EventFeed()
    again = ControlServer(office.home.recorder_socket, office.recorder.routes(), feed=office.recorder.feed)
    again.start()
    try:
        expect(page.locator("#found-count")).to_have_text("16 calls found.")
        expect(rows(page).first).to_contain_text("Dr Müller")
        page.get_by_label("Number, name, note or tag").fill("dr mull")
        expect(page.locator("#found-count")).to_have_text("1 call found.")
        expected = [{"find": "mull"}, {"find": "dr mull"}]
        eventually(lambda: searches(office)[told:] == expected, 20, "what waited is not in the evidence, in order")
        assert page.evaluate("window.notLoadedAgain")
    finally:
        again.stop()
