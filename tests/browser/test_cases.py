"""A subject-access request answered, and a forgotten pause put right: in a real Chromium, at a desk and on a phone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pyzipper
from playwright.sync_api import Browser, Page, ViewportSize, expect

from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord, Party
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made
from tests.integration.further_people import add_people, office_key_of
from tests.integration.keeper_at_work import keeper_at_work
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, WebOffice, new_record, web_office

pytestmark = pytest.mark.browser

MARY = Party("+441234567890", display_name="Mary Example")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper_at_work) as made:
        yield made


@pytest.fixture
def people(office: WebOffice) -> Mapping[str, str]:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    return add_people(office.home, key, {"dora": Role.DIRECTOR})


@pytest.fixture
def calls(office: WebOffice) -> list[CallRecord]:
    now = datetime.now(UTC)
    parties = (MARY, Party("01234567890"), Party("+441632960961"))
    return [
        seal_call(office.home, new_record(now - timedelta(minutes=9 * number + 5), far=party), 12.0)
        for number, party in enumerate(parties)
    ]


def sign_in(page: Page, site: str, name: str, pass_phrase: str) -> None:
    page.goto(site)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Pass phrase").fill(pass_phrase)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_request_is_answered_with_a_copy_that_shows_nobody_else(
    chromium: Browser,
    site: str,
    people: Mapping[str, str],
    calls: list[CallRecord],
    size: ViewportSize,
    tmp_path: Path,
) -> None:
    context = chromium.new_context(viewport=size, accept_downloads=True)
    window = Watched(context)
    page = window.page

    def shot(name: str) -> None:
        assert_well_made(page)
        page.screenshot(path=tmp_path / f"{name}-{size['width']}.png", full_page=True)

    sign_in(page, site, "dora", people["dora"])
    page.goto(f"{site}/cases")
    page.get_by_role("link", name="Open a case").click()
    page.get_by_label("Whose data").fill("Mary Example")
    page.get_by_label("In their words").fill("Please send me all calls you have with me.")
    page.get_by_label("Their numbers").fill("01234 567890")
    shot("new")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_text("is open: due in")).to_be_visible()
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("2 calls were found.")).to_be_visible()
    page.get_by_text("Silence others").first.click()
    page.get_by_label("The office, all through").first.check()
    page.get_by_role("button", name="Silence in the copy").first.click()
    expect(page.get_by_text("silent in the copy: the office throughout")).to_be_visible()
    page.get_by_role("button", name="Include the ticked").click()
    expect(page.get_by_text("2 calls: included.")).to_be_visible()
    shot("case")
    page.get_by_role("button", name=re.compile("Listen to the call")).first.click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    page.go_back()
    page.get_by_role("link", name="Make the copy to hand out").click()
    shot("copy")
    words = page.get_by_label("Its pass phrase").input_value()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Make the copy").click()
    archive = pyzipper.AESZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    archive.setpassword(words.encode())
    assert sorted(name.rpartition(".")[2] for name in archive.namelist()) == ["csv", "mp3", "mp3", "pdf", "txt"]
    (tmp_path / f"index-{size['width']}.pdf").write_bytes(archive.read("index.pdf"))
    assert b"Mary Example" in archive.read("letter.txt")
    page.goto(f"{site}/cases")
    page.get_by_role("link", name=re.compile("Look at case")).click()
    expect(page.get_by_text("handed to dora")).to_be_visible()
    page.get_by_label("How it ended").fill("Copy sent by post")
    page.get_by_role("button", name="Close the case").click()
    expect(page.get_by_text("The case is closed.")).to_be_visible()
    page.goto(f"{site}/cases")
    expect(page.get_by_text("“Copy sent by post”")).to_be_visible()
    shot("list")
    context.close()
    assert window.complaints == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_forgotten_pause_is_put_right_on_the_call_s_page(
    chromium: Browser,
    site: str,
    people: Mapping[str, str],
    calls: list[CallRecord],
    size: ViewportSize,
    tmp_path: Path,
) -> None:
    context = chromium.new_context(viewport=size)
    window = Watched(context)
    page = window.page
    sign_in(page, site, "dora", people["dora"])
    old = f"{site}/calls/{calls[0].recording_id}"
    page.goto(old)
    page.get_by_label("Why do you need to hear this call?").fill("a customer told us")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    page.get_by_label("A note").fill("She read out her card #card")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("She read out her card #card")).to_be_visible()
    page.get_by_text("Card details were said").click()
    page.get_by_label("From when to when").fill("0:02-9:99")
    page.get_by_label("Why", exact=True).fill("card number read out")
    page.get_by_label("I have listened to it").check()
    page.get_by_role("button", name="Silence it for good").click()
    expect(page.get_by_text("cannot be read")).to_be_visible()
    page.get_by_label("From when to when").fill("0:02-0:05")
    page.get_by_label("I have listened to it").check()
    assert_well_made(page)
    page.screenshot(path=tmp_path / f"redact-{size['width']}.png", full_page=True)
    page.get_by_role("button", name="Silence it for good").click()
    expect(page.get_by_text("It is silent there now.")).to_be_visible()
    expect(page.get_by_text("She read out her card #card")).to_be_visible()
    assert page.url != old
    page.get_by_label("Why do you need to hear this call?").fill("to check")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    expect(page.get_by_text("Silenced afterwards").first).to_be_visible()
    page.screenshot(path=tmp_path / f"redacted-{size['width']}.png", full_page=True)
    page.goto(f"{site}/health")
    expect(page.get_by_role("heading", name="Room on the disk")).to_be_visible()
    assert_well_made(page)
    page.screenshot(path=tmp_path / f"room-{size['width']}.png", full_page=True)
    answer = page.goto(old)
    assert answer is not None
    assert answer.status == 404
    context.close()
