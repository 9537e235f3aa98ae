"""Spans of a recording as people type them: ``1:05-1:20, 2:00-2:03``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from firmware.core.errors import SettingsError

MOST_SPANS = 50
_TIME = r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?:\.(\d{1,3}))?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|–|to)\s*{_TIME}")
_ADVICE = "Write each as minutes:seconds-minutes:seconds, such as 1:05-1:20, with commas between."

#: From, until: milliseconds from the recording's beginning.
SpanMs = tuple[int, int]


def typed_spans(text: str, duration_ms: int) -> tuple[SpanMs, ...]:
    """In order, those that touch being one. The last may end a little after the recording does: it is cut there.

    Raises:
        SettingsError: it cannot be read, ends before it begins, or begins after the recording's end.
    """
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if not parts:
        raise SettingsError("From when to when?", _ADVICE)
    if len(parts) > MOST_SPANS:
        raise SettingsError(f"That is more than {MOST_SPANS} stretches.", "Take several that lie together as one.")
    return joined(_span(part, duration_ms) for part in parts)


def joined(spans: Iterable[SpanMs]) -> tuple[SpanMs, ...]:
    """In order, overlapping and touching ones as one."""
    merged: list[SpanMs] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def shown_span(span: SpanMs) -> str:
    """``1:05-1:20``, as it can be typed again."""
    return "-".join(_shown(moment) for moment in span)


def _span(part: str, duration_ms: int) -> SpanMs:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise SettingsError(f"“{part[:40]}” cannot be read.", _ADVICE)
    start, end = _milliseconds(*match.groups()[:4]), _milliseconds(*match.groups()[4:])
    if start >= end:
        raise SettingsError(f"“{part}” ends before it begins.", _ADVICE)
    if start >= duration_ms:
        raise SettingsError(f"“{part}” begins after the recording's end, {_shown(duration_ms)}.", _ADVICE)
    return start, min(end, duration_ms)


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _shown(moment_ms: int) -> str:
    seconds, rest = divmod(moment_ms, 1000)
    shown = f"{seconds // 60}:{seconds % 60:02}"
    return f"{shown}.{rest:03}".rstrip("0") if rest else shown
