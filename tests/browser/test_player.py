"""What a listener does with the player besides playing: loops, jumps, notes at a moment, silence, speed, sides."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.core.call_record import CallRecord
from tests.browser.windows import PHONE, Watched, assert_well_made, sign_in
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import WebOffice, new_record

pytestmark = pytest.mark.browser

SECONDS = 20.0


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    """Paused from the third second to the fifteenth."""
    started = datetime.now(UTC) - timedelta(minutes=5)
    return seal_call(office.home, new_record(started), SECONDS, left_out=[("paused", 3.0, 12.0)])


def open_recording(page: Page, site: str, call: CallRecord) -> None:
    page.goto(f"{site}/calls/{call.recording_id}")
    page.get_by_label("Why do you need to hear this call?").fill("complaint 4711")
    page.get_by_role("button", name="Open the recording").click()


@pytest.fixture
def listener(desk: Watched, site: str, office: WebOffice, call: CallRecord) -> Watched:
    sign_in(desk.page, site, office)
    open_recording(desk.page, site, call)
    expect(desk.page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    expect(desk.page.locator("#wave")).to_be_focused()
    return desk


def position(page: Page) -> float:
    return float(page.evaluate("document.getElementById('audio').currentTime"))


def wait_until_played_to(page: Page, seconds: float, before: float = SECONDS) -> None:
    deadline = time.monotonic() + 20
    while not seconds < position(page) < before:
        assert time.monotonic() < deadline, f"played to {position(page)} only"
        page.wait_for_timeout(40)


def test_a_stretch_is_looped_until_it_is_not(listener: Watched) -> None:
    page = listener.page
    told = page.locator("#told")
    for key in ("PageUp", "PageDown", "l", "ArrowRight"):
        page.keyboard.press(key)
    expect(told).to_have_text("Loop from 0:00: go to its end and press again.")
    page.keyboard.press("Home")
    page.get_by_label("Speed").select_option("2.5")
    page.get_by_role("button", name="Loop to here").click()
    expect(told).to_have_text("A loop ends after it begins: go further first.")
    page.locator("#wave").focus()
    page.evaluate("document.getElementById('audio').currentTime = 2")
    page.keyboard.press("l")
    expect(told).to_have_text("Looping 0:00 to 0:02.")
    expect(page.locator('[part~="loop"]')).to_have_count(1)
    wait_until_played_to(page, 1.2)
    wait_until_played_to(page, -1, before=0.9)  # round again
    page.get_by_role("button", name="Stop looping").click()
    expect(page.locator('[part~="loop"]')).to_have_count(0)
    wait_until_played_to(page, 2.2)
    assert listener.complaints == []


def test_a_typed_time_is_gone_to_and_one_that_is_none_is_said(listener: Watched) -> None:
    page = listener.page
    page.keyboard.press("g")
    page.keyboard.type("0:16")
    page.keyboard.press("Enter")
    wait_until_played_to(page, 16.1)
    page.get_by_role("button", name="Pause").click()
    for wrong in ("1:00:00", "x", "0:99"):
        page.get_by_label("Go to").fill(wrong)
        page.get_by_role("button", name="Go", exact=True).click()
        expect(page.locator("#told")).to_contain_text(f"“{wrong}” is not a time in this call.")
    assert position(page) > 16


def test_silence_is_skipped_and_speed_keeps_the_pitch(listener: Watched) -> None:
    page = listener.page
    page.keyboard.press("s")
    expect(page.get_by_label("Skip silence")).to_be_checked()
    for _ in range(6):
        page.keyboard.press("]")
    sound = "(({ playbackRate, preservesPitch }) => [playbackRate, preservesPitch])(document.getElementById('audio'))"
    assert page.evaluate(sound) == [2.5, True]
    for _ in range(9):
        page.keyboard.press("[")
    assert page.evaluate(sound) == [0.5, True]
    page.evaluate("document.getElementById('audio').currentTime = 2.6")
    page.get_by_label("Speed").select_option("1")
    page.get_by_role("button", name="Play", exact=True).click()
    began = time.monotonic()
    wait_until_played_to(page, 15)
    assert time.monotonic() - began < 10  # of twelve seconds of nothing
    assert listener.complaints == []


def test_the_quieter_side_is_made_as_loud_as_the_other_and_silence_is_not(listener: Watched) -> None:
    page = listener.page
    boosts = """async ([far, office]) => {
      const { Peaks } = await import("/static/player/peaks.js");
      const peaks = new Peaks(60, 60, 2);
      peaks.voices[0].fill(far, 0, 400);
      peaks.voices[1].fill(office, 500, 900);
      return peaks.boosts();
    }"""
    assert page.evaluate(boosts, [200, 100]) == [1, 4]  # a byte is the root of a loudness
    assert page.evaluate(boosts, [20, 200]) == [8, 1]
    assert page.evaluate(boosts, [200, 0]) == [1, 1]
    page.get_by_label("Louder quiet side").check()
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until_played_to(page, 0.5)
    assert listener.complaints == []


def test_a_soft_party_is_not_taken_for_silence_beside_a_loud_one(listener: Watched) -> None:
    """Both talk in turn for six seconds; then there is hiss alone."""
    ends = """async ([loud, soft, hiss]) => {
      const { Peaks } = await import("/static/player/peaks.js");
      const one = (second) => second < 3 ? loud : hiss, other = (second) => second >= 3 && second < 6 ? soft : hiss;
      const bytes = Array.from({ length: 400 }, (_, place) => (place % 2 ? other : one)(Math.floor(place / 20)));
      const sound = new Response(new Uint8Array(bytes));
      const peaks = new Peaks(20, 100, 2), fetched = window.fetch;
      window.fetch = async () => sound;
      try { await peaks.fetch("", () => {}); } finally { window.fetch = fetched; }
      return [4, 8].map((second) => peaks.endOfSilence(second));
    }"""
    for loud, soft, hiss in ((255, 40, 8), (255, 40, 0), (60, 255, 12)):
        assert listener.page.evaluate(ends, [loud, soft, hiss]) == [None, pytest.approx(19.7)]
    assert listener.page.evaluate(ends, [255, 12, 12]) == [pytest.approx(19.7)] * 2, "one party says nothing at all"


def test_a_note_is_written_at_a_moment_while_playing_goes_on_and_leads_back_there(listener: Watched) -> None:
    page = listener.page
    page.evaluate("window.notLoadedAgain = true; document.getElementById('audio').currentTime = 16")
    page.get_by_role("button", name="Note at this moment").click()
    expect(page.get_by_label("A note")).to_be_focused()
    page.keyboard.type("agrees #price")
    page.get_by_role("button", name="Keep the note").click()
    moment = page.get_by_role("link", name="Play from 0:16")
    expect(moment).to_have_text("@0:16")
    flag = page.locator('[part~="flag"][part~="note"]')
    expect(flag).to_have_count(1)
    assert page.evaluate("window.notLoadedAgain")
    for there in (moment, flag):
        page.evaluate("document.getElementById('audio').currentTime = 0")
        there.click()
        wait_until_played_to(page, 16.05)
        page.evaluate("document.getElementById('audio').pause()")
    assert listener.complaints == []


def test_playing_counts_as_being_there(desk: Watched, site: str, office: WebOffice, call: CallRecord) -> None:
    page = desk.page
    sign_in(page, site, office)
    open_recording(page, site, call)
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until_played_to(page, 0.2)
    with page.expect_request(lambda asked: asked.method == "HEAD" and asked.url.endswith("/audio")) as asked:
        page.clock.fast_forward(121_000)
    assert "earmark-background" not in asked.value.headers


def test_the_player_is_worked_by_touch_and_its_picture_is_drawn_wider(
    chromium: Browser, site: str, office: WebOffice, call: CallRecord
) -> None:
    context = chromium.new_context(viewport=PHONE, has_touch=True)
    watched = Watched(context)
    page = watched.page
    sign_in(page, site, office)
    open_recording(page, site, call)
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    box = page.locator("#wave").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + 60)
    assert position(page) == pytest.approx(SECONDS * 0.75, abs=0.7)
    scrolled = page.locator("#wave [part=scroll]")
    for name in ("Picture wider", "Picture narrower"):
        page.get_by_role("button", name=name).tap()
        wide = scrolled.evaluate("part => part.scrollWidth > part.clientWidth * 1.8")
        assert wide == (name == "Picture wider")
        assert_well_made(page)
    page.get_by_text("Keys", exact=True).tap()
    expect(page.get_by_role("cell", name="Slower and faster")).to_be_visible()
    assert_well_made(page)
    assert watched.complaints == []
    context.close()


def test_without_scripts_the_browser_s_own_player_is_there(
    chromium: Browser, site: str, office: WebOffice, call: CallRecord
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, office)
    open_recording(page, site, call)
    expect(page.locator("audio[controls]")).to_be_visible()
    expect(page.locator("#deck")).to_be_hidden()
    expect(page.get_by_role("button", name="MP3")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/audio")) as sound:
        page.reload()
    assert sound.value.status in (200, 206)
    context.close()
