"""Calls of lines that only listen, in a real Chromium: one channel in the player, and several processes on one page."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.windows import Watched, assert_well_made, sign_in
from tests.integration.sealed_call import seal_call
from tests.integration.test_web_several_lines import set_up
from tests.integration.web_office import LinesSide, WebOffice, new_record, recorded

pytestmark = pytest.mark.browser


def test_a_recording_of_one_channel_is_drawn_and_played_and_offers_no_sides(
    desk: Watched, site: str, office: WebOffice
) -> None:
    record = replace(new_record(datetime.now(UTC) - timedelta(minutes=5)), notice=None, notice_given_by="the PBX")
    call = seal_call(office.home, record, 12.0, channels=1)
    page = desk.page
    sign_in(page, site, office)
    page.goto(f"{site}/calls/{call.recording_id}")
    page.get_by_label("Why do you need to hear this call?").fill("complaint 4711")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    expect(page.get_by_text("This line hears both parties on one channel")).to_be_visible()
    expect(page.get_by_text("Given by: the PBX.")).to_be_visible()
    expect(page.get_by_label("Hear", exact=True)).to_have_count(0)
    assert_well_made(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#position")).not_to_have_text("0:00")
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("button", name="Pause").click()
    assert desk.complaints == []


def test_one_kind_of_line_that_is_away_is_said_and_hides_no_call_of_another(
    desk: Watched, site: str, office: WebOffice
) -> None:
    set_up(office, "sip", "siprec")
    page = desk.page
    with closing(LinesSide(office.home, "siprec")) as copies:
        copies.start()
        office.lines.call("a", **recorded())
        copies.call("s", **recorded(line="copies", paused=True, paused_at_ms=1, reminder_unheard=True))
        sign_in(page, site, office)
        page.goto(f"{site}/in-progress")
        cards = page.locator("#live-list > li")
        expect(cards).to_have_count(2)
        expect(page.locator("#connection")).to_have_text("live, 2 calls")
        expect(cards.nth(1)).to_contain_text("this line sounds no reminder")
        copies.stop()
        expect(page.locator("#connection")).to_have_text("some lines do not answer yet")
        expect(cards).to_have_count(1)
        copies.start()
        expect(page.locator("#connection")).to_have_text("live, 2 calls")
        expect(cards).to_have_count(2)
