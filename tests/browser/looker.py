"""Looks at pages in a real Chromium: what keeps people from using them, what the browser complains of, what they weigh.

Pictures of all are kept in the folder that EARMARK_SCREENSHOTS names (``build/screenshots``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Request, ViewportSize

from tests.browser.barriers import barriers
from tests.browser.windows import DESK, PHONE, Watched

PICTURES = Path(os.environ.get("EARMARK_SCREENSHOTS", "build/screenshots"))
LARGEST_BYTES = 300_000
#: What it is called, the window, and whether it is dark.
Variant = tuple[str, ViewportSize, bool]
#: A desk in the light and a phone in the dark come first: these two are looked at in every run.
VARIANTS: tuple[Variant, ...] = (
    ("desk-light", DESK, False),
    ("phone-dark", PHONE, True),
    ("desk-dark", DESK, True),
    ("phone-light", PHONE, False),
)
#: How Chromium tells of a form that was answered with what is wrong in it.
_REFUSED = re.compile(r"status of 4\d\d")


@dataclass(frozen=True)
class Seen:
    """One page as somebody sees it. ``main``: what it says, without what differs from person to person by chance."""

    who: str
    endpoint: str
    address: str
    main: str = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.endpoint}-{self.who}"


class Looker:
    """A window for each visitor, and what was wrong with the pages looked at."""

    def __init__(self, chromium: Browser, site: str, visitors: dict[str, FlaskClient]) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self._chromium, self._site, self._visitors = chromium, site, visitors
        self._windows: dict[str, tuple[BrowserContext, Watched]] = {}
        self._sizes: dict[str, int] = {}
        self._fetched: set[str] = set()
        self.faults: list[str] = []
        self.heaviest = ("", 0)

    def look(self, seen: Seen, variants: Sequence[Variant] = VARIANTS) -> None:
        window = self._window(seen.who)
        self._fetched.clear()
        for number, (name, size, dark) in enumerate(variants):
            window.page.emulate_media(color_scheme="dark" if dark else "light")
            window.page.set_viewport_size(size)
            if number == 0:
                window.page.goto(self._site + seen.address)
            self._judge(seen.name, window, name, again=number > 0)
        self._weigh(seen)
        self.faults += [f"{seen.name}: the browser complained: {each}" for each in window.complaints]
        window.complaints.clear()
        self.faults += [f"{seen.name}: fetched from {host}" for host in window.hosts - {"http://localhost"}]

    def look_here(self, name: str, window: Watched, variants: Sequence[Variant] = VARIANTS) -> None:
        """At what a window shows: a page that a form is answered with, which no address leads to."""
        for number, (variant, size, dark) in enumerate(variants):
            window.page.emulate_media(color_scheme="dark" if dark else "light")
            window.page.set_viewport_size(size)
            self._judge(name, window, variant, again=number > 0)
        complaints = [each for each in window.complaints if not _REFUSED.search(each)]
        self.faults += [f"{name}: the browser complained: {each}" for each in complaints]
        window.complaints.clear()

    def _judge(self, name: str, window: Watched, variant: str, *, again: bool) -> None:
        page = window.page
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if sideways:
            self.faults.append(f"{name} {variant}: scrolls sideways by {sideways} px")
        self.faults += [f"{name} {variant}: {each}" for each in barriers(page, looks_alone=again)]
        page.screenshot(path=PICTURES / f"{name}-{variant}.png", full_page=True)

    def _weigh(self, seen: Seen) -> None:
        weight = sum(self._sizes.get(url, 0) for url in self._fetched)
        self.heaviest = max(self.heaviest, (seen.name, weight), key=lambda each: each[1])
        if weight > LARGEST_BYTES:
            self.faults.append(f"{seen.name}: weighs {weight // 1000} kB")

    def _window(self, who: str) -> Watched:
        if who not in self._windows:
            context = self._chromium.new_context(viewport=DESK)
            for name in ("earmark", "earmark-desk"):
                cookie = self._visitors[who].get_cookie(name)
                if cookie is not None:
                    context.add_cookies([{"name": name, "value": cookie.value, "url": self._site}])
            window = Watched(context)
            window.page.on("requestfinished", self._finished)
            self._windows[who] = (context, window)
        return self._windows[who][1]

    def _finished(self, request: Request) -> None:
        """Sound is heard, not part of the page. What lies in the browser's store is as heavy as when it came."""
        if request.resource_type in ("media", "eventsource"):
            return
        self._fetched.add(request.url)
        self._sizes[request.url] = max(self._sizes.get(request.url, 0), request.sizes()["responseBodySize"])

    def close(self) -> None:
        for context, _ in self._windows.values():
            context.close()
