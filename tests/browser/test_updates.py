"""Updating the box in a real Chromium: a file is sent, what becomes of it is followed, the way back is offered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.updated_box import BESIDE, DIRECTOR, GOOD, UpdatedBox, director_of, updated_box
from tests.integration.web_office import ADMINISTRATOR, WebOffice

pytestmark = pytest.mark.browser


@pytest.fixture
def box(office: WebOffice) -> Iterator[UpdatedBox]:
    with updated_box(office) as made:
        yield made


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_director_sends_an_update_and_follows_it_without_scripts(
    chromium: Browser, site: str, office: WebOffice, box: UpdatedBox, tmp_path: Path, size: ViewportSize
) -> None:
    office = replace(office, pass_phrases={DIRECTOR: director_of(office)})
    file = tmp_path / "earmark-1.5.0.raucb"
    file.write_bytes(GOOD + os.urandom(40 << 20))
    box.slots.go_on.clear()
    context = chromium.new_context(viewport=size, java_script_enabled=False)
    window = Watched(context)
    page = window.page
    sign_in(page, site, office, DIRECTOR)
    page.goto(f"{site}/health")
    page.get_by_role("link", name="Updates of the box").click()
    expect(page.get_by_role("region", name="What runs")).to_contain_text("Version 1.4.0")
    expect(page.get_by_role("button", name=f"Go back to version {BESIDE}")).to_be_visible()
    assert_well_made(page)
    page.get_by_label("A file").set_input_files(file)
    page.get_by_role("button", name="Send and apply").click()
    under_way = page.get_by_role("region", name="Under way")
    expect(under_way).to_contain_text("40 % written")
    assert_well_made(page)
    box.slots.go_on.set()
    waits = page.get_by_role("region", name="Waits for a restart")
    expect(waits).to_contain_text("Version 1.5.0 is ready.")
    assert_well_made(page)
    waits.get_by_role("button", name="Restart as soon as no call is up").press("Enter")
    expect(page.get_by_text("within two minutes")).to_be_visible()
    assert box.slots.written == file.read_bytes()
    assert window.complaints == []
    assert window.hosts == {"http://localhost"}
    context.close()


def test_an_administrator_is_not_shown_updates_and_is_refused_them(
    desk: Watched, site: str, office: WebOffice, box: UpdatedBox
) -> None:
    sign_in(desk.page, site, office, ADMINISTRATOR)
    desk.page.goto(f"{site}/health")
    expect(desk.page.get_by_role("heading", name="Programs")).to_be_visible()
    expect(desk.page.get_by_role("link", name="Updates")).to_have_count(0)
    answer = desk.page.goto(f"{site}/updates")
    assert answer is not None
    assert answer.status == 403
