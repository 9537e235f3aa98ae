"""An office and its page, for tests of the page. Whoever needs another office makes it in the test's own module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.web_office import WebOffice, web_office
from webui.server import WebServer


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as made:
        yield made


@pytest.fixture
def server(office: WebOffice) -> Iterator[WebServer]:
    """The page, served as it is on the box."""
    server = WebServer(office.app, "127.0.0.1:0")
    server.start()
    yield server
    server.stop()
