"""What the law asks is put right from its page, and help is found, in a real Chromium that runs no script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.core.access_policy import Role
from tests.browser.windows import DESK, PHONE, Watched
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import list_call
from tests.integration.web_office import LISTENER, WebOffice, new_record, web_office

pytestmark = pytest.mark.browser

LEADS = re.compile("Asking to hear recorded calls")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as made:
        list_call(made.home, new_record(datetime.now(UTC)))
        yield made


@pytest.fixture
def people(office: WebOffice) -> Mapping[str, str]:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    return add_people(office.home, key, {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER})


def sign_in(page: Page, site: str, name: str, pass_phrase: str) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Pass phrase").fill(pass_phrase)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_director_is_led_from_what_is_missing_to_where_it_is_put_right(
    chromium: Browser, site: str, people: Mapping[str, str]
) -> None:
    window = Watched(chromium.new_context(viewport=DESK, java_script_enabled=False))
    page = window.page
    sign_in(page, site, "dora", people["dora"])
    page.goto(f"{site}/compliance")
    page.get_by_role("link", name="The data-protection fee is paid", exact=True).click()
    item = page.locator("#fee_paid")
    expect(item).to_contain_text("Not known")
    item.get_by_role("link", name="Confirm").click()
    page.get_by_label("How you know it").fill("The letter is in the safe.")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status").first).to_contain_text("It is to be looked at again by")
    expect(page.locator("#fee_paid")).to_contain_text("Confirmed by dora")

    page.get_by_role("link", name="Record a breach").click()
    page.get_by_label("What happened").fill("A copy went to the wrong address.")
    page.get_by_label("Whose data").fill("One caller's.")
    page.get_by_label("What may come of it").fill("None known.")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("71 hours left")
    for whom in ("commissioner", "people"):
        form = page.locator("form").filter(has=page.locator(f"input[value={whom}]"))
        form.get_by_label("They need not be told").check()
        form.get_by_label("The reference, or why not").fill("The archive was encrypted.")
        form.get_by_role("button", name="Write it down").click()
    page.get_by_label("What was done").fill("The address book was put right.")
    page.get_by_role("button", name="Close the breach").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Closed")
    assert window.complaints == []


def test_a_line_manager_finds_help_reads_the_training_and_prints_a_form_on_a_phone(
    chromium: Browser, site: str, office: WebOffice, people: Mapping[str, str]
) -> None:
    window = Watched(chromium.new_context(viewport=PHONE, java_script_enabled=False))
    page = window.page
    sign_in(page, site, "lena", people["lena"])
    page.get_by_role("link", name="Help: Ask for a call").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask for a call")
    page.get_by_role("link", name="Help", exact=True).first.click()
    page.get_by_label("What would you like to do?").fill("listen to a call of my colleague")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("article")
    page.get_by_role("link", name="The training", exact=True).last.click()
    for title in ("Pausing for card details", "Telling callers", "Care with recordings"):
        page.get_by_role("link", name=title).click()
        page.get_by_label("I have read this").check()
        page.get_by_role("button", name="Say so").click()
        expect(page.get_by_role("status").first).to_contain_text(title)
    expect(page.get_by_text("You have read all of it")).to_be_visible()
    assert office.recorder.kinds().count("training-read") == 3

    page.goto(f"{site}/compliance/print/request-form")
    expect(page.get_by_role("heading", level=1)).to_have_text(LEADS)
    page.emulate_media(media="print")
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.get_by_role("link", name="Open as PDF")).to_be_hidden()
    expect(page.get_by_text("Name and role")).to_be_visible()
    assert window.complaints == []
