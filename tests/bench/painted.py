"""The list of calls in a real Chromium: how soon the first page is painted, and what somebody searched for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from firmware.core.call_record import CallRecord
from firmware.core.home import Home
from tests.browser.windows import DESK, launch
from tests.integration.real_page import running

#: Milliseconds since the page was asked for, once it was there and two frames were drawn.
_FIRST = """() => new Promise((resolve) => {
  const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", drawn);
  else drawn();
})"""
#: Milliseconds from the key that asks for it until what was found is drawn.
_SEARCH = """(words) => new Promise((resolve) => {
  const form = document.getElementById("find-calls");
  document.getElementById("find").value = words;
  const asked = performance.now();
  const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - asked)));
  document.body.addEventListener("htmx:afterSwap", drawn, { once: true });
  form.requestSubmit();
})"""


def measure(home: Home, port: int, name: str, pass_phrase: str, wanted: list[CallRecord], tries: int) -> dict[str, Any]:
    """Milliseconds, median and worst, of the first page and of each kind of search on it."""
    with ExitStack() as stack:
        for process, ready in (("recorder", "ready on"), ("opener", "ready on"), ("web", "serving the page")):
            stack.enter_context(running(home, process, ready))
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        page = browser.new_context(viewport=DESK).new_page()
        address = f"http://127.0.0.1:{port}"
        page.goto(f"{address}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Pass phrase").fill(pass_phrase)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        found = {"first page": _figures([_first(page, f"{address}/calls") for _ in range(tries)])}
        for kind, words in _kinds(wanted).items():
            found[kind] = _figures([_searched(page, each) for each in words[:tries]])
        for kind, query in _FILTERS.items():
            found[kind] = _figures([_first(page, f"{address}/calls?{query}") for _ in range(tries)])
        return found


_FILTERS = {
    "paused, of one line": "paused=yes&line=main",
    "not recorded": "recorded=no",
    "under a legal hold": "held=yes&recorded=yes",
    "long and outgoing, with a tag": "length=15-to-60&direction=outbound&tagged=yes",
}


def _kinds(wanted: list[CallRecord]) -> Mapping[str, list[str]]:
    """What is typed, by kind."""
    numbers = [record.far_party.number or "" for record in wanted]
    return {
        "a whole number": numbers,
        "its last 6 digits": [number[-6:] for number in numbers],
        "3 digits within": [number[5:8] for number in numbers],
        "an area code": [f"0{number[3:7]}" for number in numbers],
        "an area code and more": [f"0{number[3:9]}" for number in numbers],
        "a name in notes": [f"name77{number}" for number in range(100)],
        "a common word": list(_again("invoice")),
        "how a common word begins": list(_again("invo")),
        "three common words": list(_again("invoice refund late")),
        "a word and an extension": list(_again("caller 201")),
        "what there is not": list(_again("xylophone 8887766")),
    }


def _again(words: str) -> Iterator[str]:
    """The same words; a search after another is not the same page drawn again."""
    yield from (f"{words}{' ' * number}" for number in range(100))


def _first(page: Page, address: str) -> float:
    page.goto(address, wait_until="commit")
    took = float(page.evaluate(_FIRST))
    page.wait_for_load_state()
    return took


def _searched(page: Page, words: str) -> float:
    return float(page.evaluate(_SEARCH, words))


def _figures(times: list[float]) -> dict[str, float]:
    return {"median_ms": round(median(times), 1), "worst_ms": round(max(times), 1)}
