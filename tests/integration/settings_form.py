"""The form of a page of settings, as a browser reads it."""

from __future__ import annotations

import re
from typing import Any


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of a page's form."""
    text = page[page.index('class="card settings-form"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, kind = _attribute(tag, "name"), _attribute(tag, "type")
        if not name or (kind == "checkbox" and " checked" not in tag):
            continue
        found.setdefault(name, []).append(_attribute(tag, "value"))
    for name, content in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', text):
        found[name] = content
    for name, content in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', content)
        found[name] = chosen[0] if chosen else re.findall(r'<option value="([^"]*)"', content)[0]
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf' {name}="([^"]*)"', tag)
    return match[1] if match else ""
