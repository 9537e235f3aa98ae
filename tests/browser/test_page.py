"""The page in a real Chromium: what a person sees, hears and does with it, on a desk and on a phone."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from firmware.adapters.settings.named_instances import NamedInstances
from firmware.core.call_record import CallRecord, Party
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.sealed_call import list_call, seal_call
from tests.integration.test_web_server import free_port
from tests.integration.web_office import ADMINISTRATOR, LISTENER, NUMBER, WebOffice, new_record, recorded
from webui import WebConfig, create_app
from webui.server import WebServer

pytestmark = pytest.mark.browser

SECONDS = 20.0


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    return seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=5)), SECONDS)


def open_call(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Incoming call at")).click()
    page.get_by_label("Why do you need to hear this call?").fill("complaint 4711")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")


def position(page: Page) -> float:
    return float(page.evaluate("document.getElementById('audio').currentTime"))


def wait_until_played_to(page: Page, seconds: float) -> None:
    """Playwright's own waiting needs eval, which the page's policy forbids."""
    deadline = time.monotonic() + 15
    while position(page) <= seconds:
        assert time.monotonic() < deadline, f"played to {position(page)} only"
        page.wait_for_timeout(50)


def test_a_person_signs_in_finds_a_call_hears_it_seeks_and_signs_out(
    desk: Watched, site: str, office: WebOffice, call: CallRecord
) -> None:
    page = desk.page
    sign_in(page, site, office)
    expect(page.get_by_role("cell", name=NUMBER)).to_be_visible()
    open_call(page)
    page.get_by_role("button", name="Play").click()
    wait_until_played_to(page, 1)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("#wave")).to_be_visible()
    box = page.locator("#wave").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 60)
    assert position(page) == pytest.approx(SECONDS * 0.75, abs=0.7)
    wait_until_played_to(page, SECONDS * 0.75 + 0.8)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    page.goto(f"{site}/calls/{call.recording_id}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert desk.complaints == []
    assert desk.hosts == {"http://localhost"}


def test_everything_can_be_done_with_the_keyboard(
    desk: Watched, site: str, office: WebOffice, call: CallRecord
) -> None:
    page = desk.page
    page.goto(site)
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(LISTENER)
    page.keyboard.press("Tab")
    page.keyboard.type(office.pass_phrases[LISTENER])
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name=re.compile("Incoming call at"))
    expect(link).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_label("Why do you need to hear this call?").focus()
    page.keyboard.type("complaint 4711")
    page.keyboard.press("Enter")
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    expect(page.locator("#wave")).to_be_focused()
    for key, where in (("ArrowRight", 5), ("ArrowRight", 10), ("ArrowLeft", 5), ("End", SECONDS), ("Home", 0)):
        page.keyboard.press(key)
        assert position(page) == pytest.approx(where, abs=0.2)
    page.keyboard.press("Space")
    wait_until_played_to(page, 0.5)
    page.keyboard.press("Space")
    assert page.evaluate("document.getElementById('audio').paused")
    slider = page.get_by_role("slider", name="Position in the call")
    assert re.fullmatch(r"0:0\d of 0:20", slider.get_attribute("aria-valuetext") or "")


def test_both_voices_are_drawn_each_on_its_own_side(
    desk: Watched, site: str, office: WebOffice, call: CallRecord
) -> None:
    page = desk.page
    sign_in(page, site, office)
    open_call(page)
    # The caller speaks for nine and a half seconds of twenty, then the office.
    inked = page.evaluate(
        """() => {
          const shown = document.querySelector("#wave > div").shadowRoot.querySelectorAll(".canvases > div");
          const inked = ([voice, from, to]) => {
            const canvas = shown[voice].querySelector("canvas");
            const x = Math.floor(from * canvas.width);
            const pen = canvas.getContext("2d");
            const pixels = pen.getImageData(x, 0, Math.floor(to * canvas.width) - x, canvas.height).data;
            // A silent voice is a line.
            const rows = new Set();
            for (let at = 3; at < pixels.length; at += 4)
              if (pixels[at] > 0) rows.add(Math.floor(at / 4 / (Math.floor(to * canvas.width) - x)));
            return rows.size;
          };
          return [[0, .1, .3], [1, .1, .3], [0, .6, .8], [1, .6, .8]].map(inked);
        }"""
    )
    assert inked[0] > 20
    assert inked[1] <= 3
    assert inked[2] <= 3
    assert inked[3] > 20


def test_one_voice_alone_can_be_heard_and_playing_goes_on(
    desk: Watched, site: str, office: WebOffice, call: CallRecord
) -> None:
    page = desk.page
    sign_in(page, site, office)
    open_call(page)
    page.get_by_role("button", name="Play").click()
    for choice in ("Outside only", "Office only", "Both in the middle", "Each on its side"):
        page.get_by_label("Hear").select_option(choice)
        wait_until_played_to(page, position(page) + 0.3)
    assert desk.complaints == []


@pytest.mark.parametrize(("button", "extension"), [("MP3", "mp3"), ("WAV", "wav"), ("Opus", "opus")])
def test_a_copy_is_downloaded_under_a_telling_name(
    desk: Watched, site: str, office: WebOffice, call: CallRecord, button: str, extension: str
) -> None:
    sign_in(desk.page, site, office)
    open_call(desk.page)
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name=button).click()
    assert re.fullmatch(rf"\d{{14}}-{NUMBER}-201\.{extension}", download.value.suggested_filename)
    assert Path(download.value.path()).stat().st_size > 10_000


def test_a_call_in_progress_shows_changes_and_leaves_without_loading_the_page(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    sign_in(page, site, office)
    expect(page.get_by_text("No call is in progress.")).to_be_visible()
    page.evaluate("window.notLoadedAgain = true")
    live = page.locator("#live-list li")
    office.lines.call("a", state="ringing")
    expect(live).to_contain_text(f"{NUMBER} → 201")
    expect(live).to_contain_text("Ringing")
    office.lines.call("a", state="connected", recording=True)
    expect(live).to_contain_text("Recording")
    first = live.locator(".for").inner_text()
    expect(live.locator(".for")).not_to_have_text(first)
    office.lines.call("a", state="ended")
    expect(live).to_have_count(0)
    assert page.evaluate("window.notLoadedAgain")


def test_a_finished_recording_appears_in_the_list_by_itself(desk: Watched, site: str, office: WebOffice) -> None:
    page = desk.page
    sign_in(page, site, office)
    expect(page.get_by_text("No call has been recorded yet.")).to_be_visible()
    expect(page.locator("#connection")).to_have_text("live")
    record = seal_call(office.home, new_record(), 2)
    office.recorder.feed.publish("recording", {"recording_id": record.recording_id, "state": "complete"})
    expect(page.get_by_role("cell", name=NUMBER)).to_be_visible()


def test_while_lines_restarts_the_page_says_connecting_and_comes_back(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    sign_in(page, site, office)
    office.lines.call("a", state="connected")
    expect(page.locator("#live-list li")).to_have_count(1)
    office.lines.stop()
    expect(page.locator("#connection")).to_have_text("connecting…")
    expect(page.locator("#live-list li")).to_have_count(0)
    office.lines.start()
    expect(page.locator("#live-list li")).to_have_count(1)
    expect(page.locator("#connection")).to_have_text("live, 1 call")


def test_nobody_misses_a_call_in_the_list_because_lines_come_or_go(
    desk: Watched, site: str, office: WebOffice, call: CallRecord
) -> None:
    """What is below the calls in progress stays where it is."""
    office.lines.stop()
    sign_in(desk.page, site, office)
    expect(desk.page.locator("#connection")).to_have_text("connecting…")
    expect(desk.page.get_by_role("link", name=re.compile("Incoming call at"))).to_be_visible()
    # In one step of the page: the list may just be fetched anew.
    where = "document.querySelector('#recorded a').getBoundingClientRect().toJSON()"
    before = desk.page.evaluate(where)
    office.lines.start()
    expect(desk.page.get_by_text("No call is in progress.")).to_be_visible()
    assert desk.page.evaluate(where) == before


def test_while_the_page_s_own_process_restarts_it_says_connecting_and_comes_back(
    desk: Watched, office: WebOffice
) -> None:
    page, port = desk.page, free_port()
    before = WebServer(create_app(config_of(office)), f"127.0.0.1:{port}")
    before.start()
    sign_in(page, f"http://localhost:{port}", office)
    expect(page.locator("#connection")).to_have_text("live")
    page.evaluate("window.notLoadedAgain = true")
    before.stop()
    expect(page.locator("#connection")).to_have_text("connecting…")
    office.lines.call("a", **recorded())
    again = WebServer(create_app(config_of(office)), f"127.0.0.1:{port}")
    again.start()
    try:
        expect(page.locator("#live-list li")).to_have_count(1)
        expect(page.locator("#connection")).to_have_text("live, 1 call")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#live-list li")).to_contain_text("Paused since")
        assert page.evaluate("window.notLoadedAgain")
    finally:
        again.stop()


def config_of(office: WebOffice) -> WebConfig:
    return WebConfig(
        office.home, "Demonstration office", tls=False, lines_named=NamedInstances(office.home.settings_file)
    )


def test_a_page_that_nobody_sees_asks_for_no_news_and_catches_up_when_seen(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    feed = office.app.extensions["earmark"].feed
    sign_in(page, site, office)
    expect(page.locator("#connection")).to_have_text("live")
    seen(page, False)
    deadline = time.monotonic() + 15
    while feed.pages:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    office.lines.call("a")
    seen(page, True)
    expect(page.locator("#live-list li")).to_have_count(1)


def seen(page: Page, visible: bool) -> None:
    """Tell the page that its tab has come to the front or gone from it."""
    page.evaluate(
        """(visible) => {
          Object.defineProperty(document, "hidden", { value: !visible, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        visible,
    )


def test_an_administrator_sees_that_calls_go_on_but_not_whose(desk: Watched, site: str, office: WebOffice) -> None:
    office.lines.call("a", state="connected", recording=True)
    sign_in(desk.page, site, office, ADMINISTRATOR)
    expect(desk.page.locator("#live-list li")).to_contain_text("Incoming call")
    assert NUMBER not in desk.page.content()


def test_a_wrong_pass_phrase_is_told_and_the_name_need_not_be_typed_again(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    page.goto(site)
    page.get_by_label("Name").fill(LISTENER)
    page.get_by_label("Pass phrase").fill("these are not the words")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value(LISTENER)
    expect(page.get_by_label("Pass phrase")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_fits_its_window_and_is_made_for_a_screen_reader(
    chromium: Browser, site: str, office: WebOffice, call: CallRecord, size: ViewportSize, scheme: str
) -> None:
    list_call(office.home, new_record(far=Party("+442079460999"), office="reception"), "interrupted")
    office.lines.call("a", state="connected", recording=True, office_party="reception")
    context = chromium.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    watched = Watched(context)
    page = watched.page
    page.goto(site)
    assert_well_made(page)
    sign_in(page, site, office)
    expect(page.locator("#live-list li")).to_have_count(1)
    assert_well_made(page)
    page.goto(f"{site}/calls/{call.recording_id}")
    assert_well_made(page)
    page.get_by_label("Why do you need to hear this call?").fill("complaint 4711")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    assert_well_made(page)
    for path in ("/health", "/help", "/help/panel", "/calls?number=999999"):
        page.goto(site + path)
        assert_well_made(page)
    assert watched.complaints == []
    context.close()
