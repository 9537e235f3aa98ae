"""Which prompts tell whoever hears them that the call is recorded; the others, such as a greeting or a menu, do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmware.core.compliance.office_facts import NOTICE, ON_DEMAND_NOTICE
from firmware.core.told_callers import REMINDER

_Document = Mapping[str, Any]
_OPT_OUT_NOTICE = "call-recorded-opt-out"


def notice_prompts(document: _Document) -> frozenset[str]:
    """By id: the notices to callers of all lines, those to whom a recording starts on demand, and the reminder."""
    notices = (prompt for line in document.get("lines") or () for prompt in _notices(line.get("notice") or {}))
    return frozenset({REMINDER, *notices} - {""})


def _notices(notice: _Document) -> Iterator[str]:
    """What is left out has the same default as where settings are checked."""
    yield str(notice.get("inbound", NOTICE))
    yield str(notice.get("on_demand", ON_DEMAND_NOTICE))
    opt_out = notice.get("opt_out") or {}
    if opt_out.get("key"):
        yield str(opt_out.get("inbound", _OPT_OUT_NOTICE))
