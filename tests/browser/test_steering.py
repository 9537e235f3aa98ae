"""Pausing, resuming, starting and reminding in Chromium: two people, keyboard, phone, without scripts, paired desk."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.web_office import ADMINISTRATOR, NUMBER, WebOffice, recorded
from webui.server import WebServer

pytestmark = pytest.mark.browser

WITHIN_MS = 1000


@pytest.fixture
def second(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    yield Watched(context)
    context.close()


def card(page: Page) -> Locator:
    return page.locator("#live-list > li")


def button(page: Page, name: str) -> Locator:
    return card(page).get_by_role("button", name=name)


def test_two_browsers_side_by_side_see_a_pause_within_a_second(
    desk: Watched, second: Watched, site: str, office: WebOffice
) -> None:
    office.lines.call("a", **recorded())
    for window in (desk, second):
        sign_in(window.page, site, office)
        expect(card(window.page)).to_contain_text("Recording")
        expect(window.page.locator("#connection")).to_have_text("live, 1 call")
    button(desk.page, "Pause").click()
    expect(card(second.page)).to_contain_text("Paused since", timeout=WITHIN_MS)
    expect(card(desk.page)).to_contain_text("Paused since", timeout=WITHIN_MS)
    button(second.page, "Resume").tap()
    expect(button(desk.page, "Pause")).to_be_visible(timeout=WITHIN_MS)
    expect(card(desk.page)).not_to_contain_text("Paused")
    assert [action for _, action, _ in office.lines.asked] == ["pause", "resume"]
    assert desk.complaints == second.complaints == []


def test_everything_asked_of_a_call_can_be_asked_with_the_keyboard_and_the_keyboard_stays_where_it_was(
    desk: Watched, site: str, office: WebOffice
) -> None:
    office.lines.call("a", **recorded())
    office.lines.call("b", **recorded(recording=False, mode="on_demand", actions=["start"], far_party="withheld"))
    page = desk.page
    sign_in(page, site, office)
    pause = button(page, f"Pause {NUMBER} → 201")
    for _ in range(20):
        page.keyboard.press("Tab")
        if pause.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    resume = button(page, f"Resume {NUMBER} → 201")
    expect(resume).to_be_focused()
    office.lines.call("a", state="held")  # news that changes the card takes the keyboard nowhere
    expect(card(page).first).to_contain_text("On hold")
    expect(resume).to_be_focused()
    page.keyboard.press("Space")
    expect(pause).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(page, f"Reminder {NUMBER} → 201")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card(page).first).to_contain_text("Playing “Reminder” to the outside party.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card(page).first).to_contain_text("Told caller")
    page.keyboard.press("Tab")
    expect(button(page, "Start recording withheld → 201")).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(page, "Pause withheld → 201")).to_be_focused()
    assert [action for _, action, _ in office.lines.asked] == ["pause", "resume", "remind", "told", "start"]


def test_a_screen_reader_is_told_of_every_pause_whoever_made_it_and_of_what_was_refused(
    desk: Watched, site: str, office: WebOffice
) -> None:
    office.lines.call("a", **recorded())
    page = desk.page
    sign_in(page, site, office)
    expect(page.locator("#connection")).to_have_text("live, 1 call")
    said = page.locator("#live-said")
    expect(said).to_have_text("")
    office.lines.call("a", paused=True, paused_at_ms=1, actions=["resume", "pause"])
    expect(said).to_contain_text(f"Paused: {NUMBER} → 201. Paused since")
    assert said.get_attribute("aria-live") == "polite"
    office.lines.call("a", actions=["pause"])
    office.lines.refuse = True
    button(page, "Pause").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text(
        "This call is always recorded and may not be paused."
    )


def test_when_a_call_ends_under_the_keyboard_it_goes_to_the_next_one(
    desk: Watched, site: str, office: WebOffice
) -> None:
    for call_id in ("a", "b"):
        office.lines.call(call_id, **recorded())
    page = desk.page
    sign_in(page, site, office)
    expect(page.locator("#connection")).to_have_text("live, 2 calls")
    button(page, "Pause").first.focus()
    office.lines.call("a", state="ended")
    expect(card(page)).to_have_count(1)
    expect(card(page)).to_be_focused()
    office.lines.call("b", state="ended")
    expect(page.locator("#live-heading")).to_be_focused()


def test_the_page_still_pauses_after_the_web_process_was_restarted_under_it(
    desk: Watched, site: str, office: WebOffice
) -> None:
    office.lines.call("a", **recorded())
    sign_in(desk.page, site, office)
    expect(desk.page.locator("#connection")).to_have_text("live, 1 call")
    office.app.secret_key = b"as after a restart: form tokens made before are worth nothing"
    button(desk.page, "Pause").click()
    expect(button(desk.page, "Resume")).to_be_visible()


def test_without_scripts_calls_are_paused_by_plain_forms(chromium: Browser, site: str, office: WebOffice) -> None:
    office.lines.call("a", **recorded())
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, office)
    button(page, "Pause").click()
    expect(page.get_by_text("The recording is paused.")).to_be_visible()
    expect(card(page)).to_contain_text("Paused since")
    button(page, "Resume").click()
    expect(page.get_by_text("The recording goes on.")).to_be_visible()
    office.lines.call("a", state="ended")
    page.get_by_role("link", name="Show how it is now").click()
    expect(page.get_by_text("No call is in progress.")).to_be_visible()
    context.close()


def pair(page: Page, site: str, office: WebOffice, chromium: Browser) -> None:
    """Have an administrator show a code, and type it at the desk."""
    context = chromium.new_context(viewport=DESK)
    admin = context.new_page()
    sign_in(admin, site, office, ADMINISTRATOR)
    admin.get_by_text("More pages").click()
    admin.get_by_role("link", name="Desks").click()
    admin.get_by_label("Extension").fill("201")
    admin.get_by_label("Name").fill("Reception")
    admin.get_by_role("button", name="Show a code").click()
    code = admin.locator(".big-code").inner_text()
    assert_well_made(admin)
    context.close()
    page.goto(f"{site}/desk")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reception")).to_be_visible()


def test_a_paired_desk_has_one_button_that_pauses_and_resumes_its_own_call(
    desk: Watched, second: Watched, site: str, office: WebOffice, chromium: Browser
) -> None:
    page = second.page
    pair(page, site, office, chromium)
    sign_in(desk.page, site, office)
    expect(page.locator("#desk-heading")).to_have_text("No call")
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    office.lines.call("b", **recorded(extension="202", office_party="202"))
    office.lines.call("a", **recorded())
    expect(page.locator("#desk-heading")).to_have_text("Recording", timeout=WITHIN_MS)
    began = time.monotonic()
    page.get_by_role("button", name="Pause recording").tap()
    expect(page.locator("#desk-heading")).to_have_text("Paused", timeout=WITHIN_MS)
    expect(card(desk.page).filter(has_text="→ 201")).to_contain_text("Paused since", timeout=WITHIN_MS)
    assert time.monotonic() - began < 2 * WITHIN_MS / 1000
    expect(page.locator("#desk-clock")).to_have_text(re.compile(r"Goes on by itself in [23]:\d\d"))
    expect(card(desk.page).filter(has_text="→ 202")).not_to_contain_text("Paused")
    page.get_by_role("button", name="Resume recording").tap()
    expect(page.get_by_role("button", name="Pause recording")).to_be_visible()
    assert NUMBER not in page.content()
    assert second.complaints == []


def test_a_desk_is_used_by_keyboard_alone_and_survives_restarts_of_lines_and_of_the_page(
    desk: Watched, site: str, office: WebOffice, chromium: Browser
) -> None:
    page = desk.page
    pair(page, site, office, chromium)
    office.lines.call("a", **recorded())
    pause = page.get_by_role("button", name="Pause recording")
    expect(pause).to_be_visible()
    pause.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Resume recording")).to_be_focused()
    office.lines.stop()
    expect(page.locator("#desk-heading")).to_have_text("Connecting…")
    office.lines.start()
    expect(page.locator("#desk-heading")).to_have_text("Paused")
    office.app.secret_key = b"as after a restart of the page"
    page.get_by_role("button", name="Resume recording").click()
    expect(pause).to_be_visible()


def test_a_revoked_desk_s_page_ends_by_itself(second: Watched, site: str, office: WebOffice, chromium: Browser) -> None:
    pair(second.page, site, office, chromium)
    context = chromium.new_context(viewport=DESK)
    admin = context.new_page()
    sign_in(admin, site, office, ADMINISTRATOR)
    admin.goto(f"{site}/desks")
    admin.get_by_role("button", name="Revoke Reception").click()
    expect(admin.get_by_text("Reception can no longer pause extension 201.")).to_be_visible()
    expect(second.page.get_by_text("This desk is no longer paired.")).to_be_visible(timeout=3000)
    context.close()


def test_a_desk_without_scripts_has_the_same_button(chromium: Browser, site: str, office: WebOffice) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    pair(page, site, office, chromium)
    office.lines.call("a", **recorded())
    page.reload()
    page.get_by_role("button", name="Pause recording").click()
    expect(page.get_by_text("Nothing that is said or keyed is kept.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_calls_and_desks_fit_their_windows_and_are_made_for_a_screen_reader(
    chromium: Browser, site: str, office: WebOffice, size: ViewportSize, scheme: str
) -> None:
    context = chromium.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    watched = Watched(context)
    page = watched.page
    page.goto(f"{site}/desk")
    assert_well_made(page)
    pair(page, site, office, chromium)
    assert_well_made(page)
    office.lines.call("a", **recorded(playing=[{"prompt": "reminder", "to": "far_party"}], tags=["told caller"]))
    expect(page.get_by_role("button", name="Pause recording")).to_be_visible()
    assert_well_made(page)
    page.get_by_role("button", name="Pause recording").click()
    expect(page.get_by_role("button", name="Resume recording")).to_be_visible()
    assert_well_made(page)
    office.lines.call("b", **recorded(mode="on_demand", recording=False, actions=["start", "told"]))
    sign_in(page, site, office)
    expect(card(page)).to_have_count(2)
    assert_well_made(page)
    page.goto(f"{site}/desks")
    assert_well_made(page)
    assert watched.complaints == []
    context.close()


def test_an_open_desk_page_does_not_hold_up_the_end_of_the_process(
    desk: Watched, office: WebOffice, chromium: Browser
) -> None:
    server = WebServer(office.app, "127.0.0.1:0")
    server.start()
    pair(desk.page, f"http://localhost:{server.port}", office, chromium)
    expect(desk.page.locator("#desk-heading")).to_have_text("No call")
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 4.0
