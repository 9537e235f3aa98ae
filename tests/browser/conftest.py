"""An office, its page served, and a window on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.windows import DESK, Watched, launch
from tests.integration.web_office import WebOffice, web_office
from webui.server import WebServer


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as made:
        yield made


@pytest.fixture
def site(office: WebOffice) -> Iterator[str]:
    server = WebServer(office.app, "127.0.0.1:0")
    server.start()
    yield f"http://localhost:{server.port}"
    server.stop()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport=DESK)
    yield Watched(context)
    context.close()
