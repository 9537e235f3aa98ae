"""What keeps people from using a page, as axe-core finds it (WCAG 2.2, A and AA)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SERIOUS = ("serious", "critical")
_ALL = {"runOnly": {"type": "tag", "values": _TAGS}}
_LOOKS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}}


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def barriers(page: Page, *, looks_alone: bool = False) -> list[str]:
    """Rule, what it is about, and where; empty when nothing serious was found.

    Args:
        looks_alone: of a page that was judged already, and has only changed its size and colours.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {_axe()} }}")  # as the debugger does it: the page's own policy stands
    options = (_LOOKS if looks_alone else _ALL) | {"resultTypes": ["violations"], "preload": False}
    found = page.evaluate(f"async () => (await axe.run(document, {json.dumps(options)})).violations")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {node['html'][:160]} at {node['target']}"
        for each in found
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]
