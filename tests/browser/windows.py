"""Browser windows for tests of the page: a desk's or a phone's, and what they complained of."""

from __future__ import annotations

import os
import re
import shutil

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect

from tests.integration.web_office import LISTENER, WebOffice

# scripts/test names the one it found; Ubuntu has Chromium as a snap only, and any other will do.
CHROMIUM = os.environ.get("EARMARK_CHROMIUM") or shutil.which("chromium") or "chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
# What must come comes at once, except on a machine that runs other tests beside these.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


class Watched:
    """A browser window, and whatever it complained about or fetched."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("request", lambda request: self.hosts.add(re.sub(r"^(\w+://[^/:]+).*", r"\1", request.url)))


def sign_in(page: Page, site: str, office: WebOffice, name: str = LISTENER) -> None:
    page.goto(site)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Pass phrase").fill(office.pass_phrases[name])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def assert_well_made(page: Page) -> None:
    """No sideways scrolling; one heading of the first level; landmarks; every field and button has a name; contrast."""
    page.wait_for_load_state()
    found = page.evaluate(
        """() => {
          const named = (element) => element.labels?.length || element.getAttribute("aria-label")
            || element.textContent.trim() || element.type === "hidden";
          const light = (colour) => {
            const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((value) => value / 255)
              .map((value) => value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const behind = (element) => {
            for (let at = element; at; at = at.parentElement) {
              const colour = getComputedStyle(at).backgroundColor;
              if (!/^rgba\\(.*, 0\\)$|transparent/.test(colour)) return colour;
            }
            return "rgb(255, 255, 255)";
          };
          const faint = [...document.querySelectorAll("main *, header *")].filter((element) => {
            const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            if (!own || !element.checkVisibility() || element.closest("svg, option, datalist, noscript")) return false;
            const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
            return (a + .05) / (b + .05) < 4.5;
          });
          return {
            sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            headings: document.querySelectorAll("h1").length,
            landmarks: [document.querySelectorAll("main").length, document.querySelectorAll("body > header").length],
            language: document.documentElement.lang,
            nameless: [...document.querySelectorAll("input, select, button, [role=slider]")].filter((e) => !named(e))
              .map((element) => element.outerHTML),
            faint: faint.map((element) => element.outerHTML.slice(0, 120)),
          };
        }"""
    )
    assert found == {
        "sideways": 0,
        "headings": 1,
        "landmarks": [1, 1],
        "language": "en-GB",
        "nameless": [],
        "faint": [],
    }
