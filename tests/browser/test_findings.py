"""What is wrong with the box, on its health page: read and acknowledged in a real Chromium, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.test_web_findings import Keeper
from tests.integration.web_office import ADMINISTRATOR, WebOffice, web_office

pytestmark = pytest.mark.browser


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def office(tmp_path: Path, keeper: Keeper) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper.routes) as made:
        yield made


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_finding_is_read_and_acknowledged_by_keyboard_and_without_scripts(
    chromium: Browser, site: str, office: WebOffice, keeper: Keeper, size: ViewportSize
) -> None:
    context = chromium.new_context(viewport=size, java_script_enabled=False)
    window = Watched(context)
    page = window.page
    sign_in(page, site, office, ADMINISTRATOR)
    page.goto(f"{site}/health")
    disk = page.get_by_role("region", name="Room on the disk Fault")
    expect(disk).to_contain_text("The data disk has 12 MB left.")
    assert_well_made(page)
    known = page.get_by_text("Ada knows of it")
    expect(known).to_be_hidden()
    page.get_by_text("Somebody knows of 1 more").click()
    expect(known).to_be_visible()
    disk.get_by_label("Tell me again").select_option("after a week")
    disk.get_by_role("button", name="I know of this").press("Enter")
    expect(page.get_by_text("It is noted that you know.")).to_be_visible()
    assert [told["finding"] for told in keeper.acknowledged] == ["disk"]
    assert window.complaints == []
    assert window.hosts == {"http://localhost"}
    context.close()
