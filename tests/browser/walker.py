"""Somebody of a role who walks the page by clicking alone, from where they land after signing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from firmware.core.access_policy import Role
from tests.browser.windows import Watched
from tests.integration.full_office import NAMES, FullOffice


class Walker:
    """A window of one person's own. No address is typed in it after the first."""

    def __init__(self, window: Watched, size: ViewportSize) -> None:
        self.page: Page = window.page
        self.size = size

    def sign_in(self, site: str, name: str, pass_phrase: str) -> None:
        self.page.goto(site)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Pass phrase").fill(pass_phrase)
        self.press("Sign in")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def menu(self, name: str) -> None:
        """To a page that the head of every page leads to, under "More" or not."""
        entry = self.entry(name)
        if not entry.is_visible():
            self.page.get_by_role("navigation", name="Pages").get_by_text("More pages").click()
        entry.click()

    def entry(self, name: str) -> Locator:
        """The menu's link, whether or not it is folded away; a badge may stand behind the name."""
        entries = self.page.get_by_role("navigation", name="Pages").get_by_role("link", include_hidden=True)
        return entries.filter(has_text=re.compile(rf"^{name}\b"))

    def follow(self, name: str, *, exact: bool = False) -> None:
        """A link of the page itself."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=exact).click()

    def press(self, name: str, *, exact: bool = False) -> None:
        self.page.get_by_role("button", name=name, exact=exact).click()

    def fill(self, label: str, text: str, *, exact: bool = False) -> None:
        self.page.get_by_role("main").get_by_label(label, exact=exact).fill(text)

    def reads(self, words: str) -> None:
        """It stands there to be read."""
        expect(self.page.get_by_role("main").get_by_text(words).first).to_be_visible()

    def heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(words)

    def opens(self, purpose: str) -> None:
        """The call whose page it is, and hears it."""
        self.fill("Why do you need to hear this call?", purpose)
        self.press("Open the recording")
        expect(self.page.locator("#wave")).to_have_attribute("data-drawn", "voices")
        self.press("Play", exact=True)
        expect(self.page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
        assert self.page.evaluate("document.getElementById('audio').duration") > 1


@contextmanager
def walking(chromium: Browser, site: str, full: FullOffice, role: Role, size: ViewportSize) -> Iterator[Walker]:
    """Signed in until the walk is over; then the browser has complained of nothing and asked nobody else."""
    context = chromium.new_context(viewport=size, accept_downloads=True)
    window = Watched(context)
    walker = Walker(window, size)
    try:
        walker.sign_in(site, NAMES[role], full.phrases[NAMES[role]])
        yield walker
        walker.press("Sign out")
        expect(walker.page.get_by_role("button", name="Sign in")).to_be_visible()
    finally:
        context.close()
    assert window.complaints == []
    assert window.hosts == {"http://localhost"}
