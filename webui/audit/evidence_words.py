"""What the details of evidence lines mean, in plain words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.core.access_policy import Role
from firmware.core.case_clock import CaseKind
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import day_and_time, full_day, size

#: Told in the line's own sentence, or no news for a person.
_UNSAID = frozenset({"name", "by", "who"})
_LABELS = {
    "purpose": "For",
    "case": "Case",
    "why": "Why",
    "reason": "Reason",
    "because": "Because",
    "noted": "Words in notes",
    "shorten": "Classes that go first",
    "to": "To",
    "role": "Role",
    "was": "Before",
    "query": "Looked for",
    "saved_as": "Saved as",
    "calls": "Calls",
    "refused_calls": "Calls refused",
    "names": "People",
    "turned_away": "Tries that came too soon",
    "ends_at_ms": "Until",
    "made_at_ms": "Made",
    "rows": "Rows shown",
    "bytes": "Size",
    "second_factor": "Second step",
    "against": "Against",
    "what": "What",
    "finding": "Finding",
    "how": "How",
    "way": "By way of",
    "asked": "Asked for",
    "again": "After a forgotten pass phrase",
    "new": "New person",
    "since": "From",
    "until": "To",
    "kinds": "What",
    "about": "About",
    "started_at_ms": "Began",
    "since_ms": "From",
    "times_more": "Times more in that hour",
    "may": "May",
    "program": "Program",
    "web_hook": "Web hook",
    "wanted": "Described as",
    "report": "Report",
    "form": "As",
}
_VALUES = {
    "totp": "code app",
    "recovery-code": "recovery code",
    "second-factor": "a lost phone or passkey",
    "lock": "a lock",
}
_DIGEST = re.compile(r"[0-9a-f]{40,}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ROLE_FIELDS = frozenset({"role", "was"})


def detail_words(detail: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[str, str]]:
    """A detail's fields with what they are called, without those that say nothing; times are told in ``zone``."""
    rows = []
    for name, value in detail.items():
        text = _text(name, value, zone)
        if text and name not in _UNSAID:
            label = _(_LABELS[name]) if name in _LABELS else name.replace("_", " ").capitalize()
            rows.append((label, text))
    return rows


def short_id(value: str) -> str:
    """Digests are for programs; their beginning tells people whether two are the same."""
    return f"{value[:12]}…" if _DIGEST.fullmatch(value) else value


def _text(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None or value is False or value == 0 or value == "":
        return ""
    if value is True:
        return _("yes")
    if isinstance(value, Mapping):
        parts = ((key.replace("_", " "), _text(key, each, zone)) for key, each in value.items())
        return ", ".join(f"{key} {text}" for key, text in parts if text)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_text(name, each, zone) for each in value)))
    if name in _ROLE_FIELDS:
        return _role(str(value))
    if name == "kind":
        return _kind(str(value))
    if name.endswith("_ms") and isinstance(value, int):
        return day_and_time(datetime.fromtimestamp(value / 1000, zone))
    if name == "bytes" and isinstance(value, int):
        return size(value)
    return _(_VALUES[str(value)]) if str(value) in _VALUES else _day(str(value))


def _day(value: str) -> str:
    """A day as people write it; anything else as it is."""
    if not _DAY.fullmatch(value):
        return value
    try:
        return full_day(date.fromisoformat(value))
    except ValueError:
        return value


def _kind(value: str) -> str:
    try:
        return from_the_box(CaseKind(value).shown)
    except ValueError:
        return value


def _role(value: str) -> str:
    try:
        return from_the_box(Role(value).shown)
    except ValueError:
        return value
