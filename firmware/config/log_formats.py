"""The formats of call logs that are shipped: one TOML file each, with the public sample it was made by."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from firmware.core.call_log_format import LogFormat, format_from


@cache
def shipped_formats() -> Mapping[str, LogFormat]:
    """By id, in the order of their titles."""
    found = [format_from(tomllib.loads(text)) for text in _files().values()]
    return {each.format_id: each for each in sorted(found, key=lambda each: each.title.lower())}


def shipped_text(format_id: str) -> str:
    """A shipped format as it was written, to begin one's own with. Raises KeyError."""
    return _files()[format_id]


@cache
def _files() -> Mapping[str, str]:
    folder = resources.files("firmware") / "adapters" / "smdr" / "formats"
    return {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
