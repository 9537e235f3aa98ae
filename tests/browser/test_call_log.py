"""The call log's pages in Chromium, at a desk's width and a phone's."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from firmware.adapters.catalogue.call_log import CallLogTable
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_log import LoggedCall, LogRow
from firmware.ports.call_log import RowOutcome
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made, sign_in
from tests.integration.sealed_call import list_call
from tests.integration.web_office import ADMINISTRATOR, WebOffice, new_record

pytestmark = pytest.mark.browser
LINES = """2008/08/01 15:14:19,00:00:05,7,01707299900,I,23,390664,,0,1000013,0,E23,Extn23,T9001,Line 1.2,0,0
2008/06/28 09:28:41,00:00:00,9,8004206,I,4324,4324,,0,1000014155,0,E4324,Joe,T9161,LINE 5.1,0,0
this is no call"""


def _row(name: str, number: str | None, minutes: int) -> LogRow:
    now_ms = time.time_ns() // 1_000_000
    call = LoggedCall(now_ms - minutes * 60_000, 95_000, "inbound", "201", "T1", number)
    return LogRow(name * 32, "pbx", "main", call, True, "line main: always recorded", "standard", now_ms)


@pytest.fixture
def logged(office: WebOffice) -> WebOffice:
    SqliteCatalogueWriter(office.home.catalogue).close()
    made = [new_record(datetime.now(UTC) - timedelta(minutes=minutes)) for minutes in (50, 40)]
    for each in made:
        list_call(office.home, each)
    table = CallLogTable(office.home.catalogue)
    table.add([_row("a", "+441632960123", 90), _row("b", None, 80), _row("c", "+441632960124", 50)])
    matched = RowOutcome("c" * 32, "matched", made[0].recording_id, 0.93)
    table.save([RowOutcome("a" * 32, "missed"), RowOutcome("b" * 32, "missed"), matched])
    table.close()
    return office


@pytest.mark.parametrize("width", [DESK, PHONE], ids=["desk", "phone"])
def test_what_was_missed_is_seen_and_explained(
    chromium: Browser, logged: WebOffice, site: str, width: ViewportSize
) -> None:
    context = chromium.new_context(viewport=width)
    window = Watched(context)
    page = window.page
    sign_in(page, site, logged)
    page.goto(f"{site}/call-log")
    assert_well_made(page)
    expect(page.get_by_text("No recording", exact=True)).to_have_count(2)
    expect(page.get_by_text("93 in 100 sure")).to_be_visible()
    page.locator("details.explain summary").first.click()
    page.get_by_label("Why is there no recording?").first.fill("The box was being moved")
    assert_well_made(page)
    page.get_by_role("button", name="End the alarm").first.click()
    expect(page.get_by_role("status")).to_contain_text("the alarm for it is over")
    expect(page.get_by_text("No recording", exact=True)).to_have_count(1)
    assert not window.complaints
    context.close()


@pytest.mark.parametrize("width", [DESK, PHONE], ids=["desk", "phone"])
def test_pasted_lines_are_tried_and_an_own_format_begun(
    chromium: Browser, logged: WebOffice, site: str, width: ViewportSize
) -> None:
    context = chromium.new_context(viewport=width)
    window = Watched(context)
    page = window.page
    sign_in(page, site, logged, ADMINISTRATOR)
    page.goto(f"{site}/call-log/try")
    page.get_by_label("Format", exact=True).select_option("avaya-ip-office")
    page.get_by_label("Lines of the log").fill(LINES)
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_role("status")).to_have_text("2 calls, 0 that are none, 1 not read.")
    assert_well_made(page)
    page.locator("summary", has_text="A format of your own").click()
    page.get_by_role("button", name="Begin with the chosen format").click()
    expect(page.get_by_label("Description")).to_have_value(re.compile("avaya-ip-office"))
    expect(page.get_by_label("Lines of the log")).to_have_value(LINES)
    page.get_by_label("Lines of the log").fill(LINES.replace("this is no call", ""))
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("2 calls, 0 that are none, 0 not read.")
    assert_well_made(page)
    page.locator("summary", has_text="For the settings").click()
    expect(page.get_by_text("[smdr.custom.shape]")).to_be_visible()
    assert not window.complaints
    context.close()
