"""A page that is open in a browser: its stream of news, as it comes."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.integration.web_office import LISTENER, WebOffice, sign_in
from webui.server import WebServer

PATIENCE_S = 10.0


class OpenPage:
    """``cookie`` is one whole pair, as in a request's header."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self._connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/event-stream"})
        self.answer = self._connection.getresponse()

    def news(self) -> tuple[str, Any]:
        """The next event."""
        kind = ""
        deadline = time.monotonic() + PATIENCE_S
        for raw in self.answer:
            assert time.monotonic() < deadline, "nothing but signs of life came"
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                return kind, json.loads(line[6:])
        raise EOFError

    def until(self, fits: Callable[[Any], bool]) -> Any:
        """The first news of calls that fits."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            kind, document = self.news()
            if kind == "calls" and fits(document):
                return document
        raise AssertionError("that news never came")

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


def cookie_of(office: WebOffice, name: str = LISTENER) -> str:
    """Somebody who has just signed in."""
    browser = office.browser()
    sign_in(browser, name, office.pass_phrases[name])
    cookie = browser.get_cookie("earmark")
    assert cookie is not None
    return cookie.value


@contextmanager
def open_page(server: WebServer, cookie: str) -> Iterator[OpenPage]:
    """The calls in progress, before a person."""
    page = OpenPage(server.port, "/in-progress/events", f"earmark={cookie}")
    try:
        yield page
    finally:
        page.close()


@contextmanager
def open_desk(server: WebServer, token: str) -> Iterator[OpenPage]:
    """The page of a paired desk."""
    page = OpenPage(server.port, "/desk/events", f"earmark-desk={token}")
    try:
        yield page
    finally:
        page.close()
