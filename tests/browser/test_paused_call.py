"""A recording that was paused, as a listener sees and hears it: the pause is drawn, said, and can be skipped."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from firmware.core.call_record import OPTED_OUT, STILL_PAUSED, CallRecord, Hold, Notice, Party, PartyChange, Pause
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.sealed_call import list_call, seal_call
from tests.integration.web_office import WebOffice, new_record

pytestmark = pytest.mark.browser

SECONDS = 40.0


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    record = new_record(datetime.now(UTC) - timedelta(minutes=5))
    at = record.started_at_ms
    told = replace(
        record,
        mode="pausable",
        decided_by="line main: recorded, with pause and resume",
        pauses=(
            Pause(at + 9_500, at + 10_000, at + 21_500, "page", "Alex", "desk", "Till 2"),
            Pause(at + 33_500, at + 34_000, at + 40_000, "code", "201", STILL_PAUSED),
        ),
        holds=(Hold(at + 24_000, at + 29_000, "office"),),
        parties=(PartyChange(at + 30_000, "office", Party("203"), "blind transfer"),),
        announcements=(
            Notice("call-recorded", "far_party", at - 9000, at, completed=True),
            Notice("paused", "office_party", at + 10_000, at + 11_000, completed=True),
        ),
        tags=("reminder given", "told caller"),
    )
    spans = [("paused", 9.5, 12.0), ("paused", 33.5, SECONDS - 33.5), ("touch_tone", 30.0, 0.2)]
    return seal_call(office.home, told, SECONDS, left_out=spans, held_by_office=[(24.0, 5.0)])


def open_recording(page: Page, site: str, call: CallRecord) -> None:
    page.goto(f"{site}/calls/{call.recording_id}")
    page.get_by_label("Why do you need to hear this call?").fill("complaint 4711")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    expect(page.locator("#wave")).to_be_focused()


def test_a_pause_is_drawn_where_it_was_told_while_it_plays_and_can_be_skipped(
    desk: Watched, site: str, office: WebOffice, call: CallRecord
) -> None:
    page = desk.page
    sign_in(page, site, office)
    open_recording(page, site, call)
    wave = page.locator("#wave").bounding_box()
    first = page.locator('[part~="pause"]').first.bounding_box()
    assert wave is not None
    assert first is not None
    assert (first["x"] - wave["x"]) / wave["width"] == pytest.approx(9.5 / SECONDS, abs=0.01)
    assert first["width"] / wave["width"] == pytest.approx(12 / SECONDS, abs=0.01)
    expect(page.locator('[part~="pause"]', has_text=re.compile("Paused 0:(12|07)"))).to_have_count(2)
    expect(page.locator('[part~="hold"][part~="office"]', has_text="On hold 0:05")).to_have_count(1)
    told = page.locator("#silence")
    expect(told).to_have_text("")
    page.mouse.click(wave["x"] + wave["width"] * 12 / SECONDS, wave["y"] + 60)
    expect(told).to_have_text("The recording was paused here, for 12 seconds: nothing was kept.")
    slider = page.get_by_role("slider", name="Position in the call")
    assert "The recording was paused here" in (slider.get_attribute("aria-valuetext") or "")
    page.get_by_role("button", name="Skip the silence").click()
    expect(told).to_have_text("")
    assert page.evaluate("document.getElementById('audio').currentTime") == pytest.approx(21.5, abs=0.1)
    expect(page.get_by_role("button", name="Play")).to_be_focused()
    page.mouse.click(wave["x"] + wave["width"] * 26 / SECONDS, wave["y"] + 60)
    expect(told).to_have_text("The office had put the call on hold here, for 5 seconds; its music is not recorded.")
    expect(page.get_by_role("button", name="Skip the silence")).to_be_hidden()
    expect(page.get_by_text("Recording paused for 7 seconds, and still paused at hang-up.")).to_be_visible()
    assert desk.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_paused_and_unrecorded_calls_fit_every_window(
    chromium: Browser, site: str, office: WebOffice, call: CallRecord, size: ViewportSize, scheme: str
) -> None:
    refused = replace(new_record(), mode="never", decided_by="the caller asked not to be recorded", tags=(OPTED_OUT,))
    list_call(office.home, refused, "not_recorded")
    list_call(office.home, replace(new_record(), mode="never").without_parties(), "not_recorded")
    context = chromium.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    watched = Watched(context)
    page = watched.page
    sign_in(page, site, office)
    expect(page.get_by_text("Paused 0:19")).to_be_visible()
    expect(page.locator(".tag.not_recorded")).to_have_count(2)
    assert_well_made(page)
    page.goto(f"{site}/calls/{refused.recording_id}")
    expect(page.get_by_text("Nothing of this call was kept: the caller asked not to be recorded.")).to_be_visible()
    assert_well_made(page)
    open_recording(page, site, call)
    page.keyboard.press("End")
    expect(page.locator("#silence")).to_have_text("The recording was paused here, for 7 seconds: nothing was kept.")
    assert_well_made(page)
    assert watched.complaints == []
    context.close()
