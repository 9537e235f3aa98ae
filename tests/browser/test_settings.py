"""Changing settings in a real Chromium: without scripts, as it is typed, undone, and with a voice of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.settings.settings_file import SettingsFile
from tests.browser.windows import CHROMIUM, DESK, FLAGS, PHONE, Watched, assert_well_made, sign_in
from tests.integration.test_web_settings import LINE, TRUNK
from tests.integration.web_office import ADMINISTRATOR, WebOffice

pytestmark = pytest.mark.browser


@pytest.fixture
def office(office: WebOffice) -> WebOffice:
    store = SettingsFile(office.home.settings_file)
    store.replace(store.read() | {"lines": [LINE]})
    return office


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_rule_is_made_tried_and_undone_without_scripts(
    chromium: Browser, site: str, office: WebOffice, size: ViewportSize
) -> None:
    context = chromium.new_context(viewport=size, java_script_enabled=False)
    window = Watched(context)
    page = window.page
    sign_in(page, site, office, ADMINISTRATOR)
    page.goto(f"{site}/settings")
    page.get_by_role("link", name="Rules").click()
    page.get_by_role("link", name="Add: rule").click()
    page.get_by_label("Name", exact=True).fill("HR")
    page.get_by_label("Such calls are").select_option("never")
    page.get_by_label("Numbers of the other party").fill("01632 960500\n12")
    page.get_by_label("From", exact=True).fill("teatime")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("'teatime' is not a time of day")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("HR")
    assert_well_made(page)
    page.get_by_label("From", exact=True).fill("00:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert_well_made(page)
    _try_a_call(page)
    page.goto(f"{site}/settings/changes")
    page.get_by_role("main").get_by_role("link", name=ADMINISTRATOR).click()
    assert_well_made(page)
    page.get_by_role("button", name="Go back to before this change").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert SettingsFile(office.home.settings_file).read()["rules"] == []
    # The refused form is answered with 422, which Chromium notes.
    assert [each for each in window.complaints if "422" not in each] == []
    context.close()


def _try_a_call(page: Page) -> None:
    page.get_by_role("link", name="What would happen to a call?").click()
    page.get_by_label("Who calls").fill("01632 960500")
    page.get_by_label("What is dialled").fill("202")
    page.get_by_role("button", name="Tell me").click()
    expect(page.get_by_text("not recorded, and nobody can start it")).to_be_visible()
    assert_well_made(page)


def test_what_is_wrong_is_said_beside_the_field_once_it_is_left(desk: Watched, site: str, office: WebOffice) -> None:
    page = desk.page
    sign_in(page, site, office, ADMINISTRATOR)
    page.goto(f"{site}/settings/lines/0")
    assert TRUNK["password"] not in page.content()
    host = page.locator("[name='sip.trunks.0.host']")
    host.fill("two words")
    host.press("Tab")
    wrong = page.locator("#sip-trunks-0-host-wrong")
    expect(wrong).to_contain_text("is not a host name")
    expect(host).to_have_attribute("aria-invalid", "true")
    assert_well_made(page)
    host.fill("192.0.2.2")
    host.press("Tab")
    expect(wrong).to_be_empty()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sip-trunks-0-password-wrong")).to_contain_text("type it again")
    page.locator("[name='sip.trunks.0.password']").fill("typed-once-more")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    trunk = SettingsFile(office.home.settings_file).read()["lines"][0]["sip"]["trunks"][0]
    assert (trunk["host"], trunk["password"]) == ("192.0.2.2", "typed-once-more")
    page.goto(f"{site}/settings/archive")
    expect(page.get_by_label("Server").first).to_be_hidden()
    page.get_by_label("Kind of storage").first.select_option("sftp")
    expect(page.get_by_label("Server").first).to_be_visible()
    assert not [each for each in desk.complaints if "422" not in each], "a form that was not taken"
    assert desk.hosts == {"http://localhost"}


@pytest.fixture
def speaking(chromium: Browser) -> Iterator[Browser]:
    """A browser with a microphone that hears Chromium's own beeps."""
    flags = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


def test_an_announcement_is_spoken_into_the_browser_and_played_from_then_on(
    speaking: Browser, site: str, office: WebOffice
) -> None:
    window = Watched(speaking.new_context(viewport=DESK))
    page = window.page
    sign_in(page, site, office, ADMINISTRATOR)
    page.goto(f"{site}/settings/prompts")
    page.get_by_label("Announcement", exact=False).first.fill("ours")
    page.get_by_role("button", name="Record here").click()
    expect(page.get_by_text("Speak now")).to_be_visible()
    # Chromium's microphone beeps once a second; an announcement lasts half a second or more.
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Recorded. Keep it")).to_be_visible()
    assert_well_made(page)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("ours is in the stock")).to_be_visible()
    assert PromptLibrary(office.home.prompts).find("ours").duration_ms > 500
    assert window.complaints == []
