"""Make the pictures of the top README anew: ``python -m tests.browser.readme_pictures`` in the clone's top folder.

Real pages of an office with two days' calls, in Chromium: the list of calls with two in progress, the player of a call
that was paused for a while, and what is to be done, on a phone in the dark.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from firmware.core.access_policy import Role
from firmware.core.call_record import Direction, Party
from tests.browser.windows import DESK, PHONE, launch
from tests.integration.full_office import FullOffice, full_office
from tests.integration.sealed_call import list_call, seal_call
from tests.integration.test_web_findings import HOT, Keeper
from tests.integration.web_office import new_record, open_recording
from webui.server import WebServer

FOLDER = Path("webui/screenshots")
#: Minutes ago, number (of those kept for drama by Ofcom), extension, direction, length in seconds.
CALLS: tuple[tuple[int, str, str, Direction, float], ...] = (
    (41, "01632960961", "203", "inbound", 312),
    (66, "02079460345", "201", "outbound", 95),
    (74, "01632960218", "205", "inbound", 641),
    (103, "01134960733", "201", "inbound", 48),
    (1460, "02079460345", "203", "outbound", 1205),
    (1497, "01632960407", "205", "inbound", 187),
)


class CalmKeeper(Keeper):
    def __init__(self) -> None:
        super().__init__()
        warm = HOT | {"what": "The processor is at 78 °C.", "since_ms": time.time_ns() // 1_000_000}
        self.findings = [warm | {"fix": {"words": "Give the box more air.", "command": "", "page": ""}}]


@contextmanager
def office_at_work(folder: Path) -> Iterator[tuple[FullOffice, str]]:
    """With the id of the call that is listened to."""
    with full_office(folder, CalmKeeper()) as full:
        now = datetime.now(UTC)
        for minutes, number, extension, direction, seconds in CALLS:
            record = new_record(now - timedelta(minutes=minutes), Party(number), extension, direction)
            list_call(full.office.home, record, seconds=seconds)
        heard = new_record(now - timedelta(minutes=24), Party("02079460612"), "201")
        pause = ("paused", 61.0, 24.0)
        yield full, seal_call(full.office.home, heard, 134.0, left_out=[pause]).recording_id


def window(browser: Browser, site: str, visitor: FlaskClient, *, phone: bool = False) -> Page:
    context = browser.new_context(viewport=PHONE if phone else DESK, color_scheme="dark" if phone else "light")
    cookie = visitor.get_cookie("earmark")
    assert cookie is not None
    context.add_cookies([{"name": "earmark", "value": cookie.value, "url": site}])
    return context.new_page()


def make_pictures(full: FullOffice, recording: str, site: str, browser: Browser) -> None:
    director = full.browser_of(Role.DIRECTOR)
    assert open_recording(director, recording).status_code == 303
    desk = window(browser, site, director)
    desk.goto(f"{site}/calls")
    expect(desk.locator("#live-calls li, .live-list > li").first).to_be_visible()
    desk.screenshot(path=FOLDER / "calls.png")
    desk.goto(f"{site}/calls/{recording}")
    expect(desk.locator("#wave")).to_have_attribute("data-drawn", "voices")
    desk.screenshot(path=FOLDER / "player.png")
    phone = window(browser, site, director, phone=True)
    phone.goto(f"{site}/to-do")
    expect(phone.get_by_role("heading", name="To do", exact=True)).to_be_visible()
    phone.screenshot(path=FOLDER / "to-do-on-a-phone.png")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, office_at_work(Path(folder)) as (full, recording):
        server = WebServer(full.office.app, "127.0.0.1:0")
        server.start()
        try:
            with sync_playwright() as playwright:
                browser = launch(playwright)
                make_pictures(full, recording, f"http://localhost:{server.port}", browser)
                browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
