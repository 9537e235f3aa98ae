"""What programs outside are told of calls: that one began, and that one ended. Found out of what lines tell of calls.

Numbers are left out where nobody said that they may leave the box. Never a name, a key or a sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

NewsKind = Literal["call.started", "call.ended"]
_PRESENTED = ("withheld", "unavailable")
#: Of a call whose process went away with it: nobody said how it ended.
_UNTOLD = "not known"


@dataclass(frozen=True)
class CallNews:
    """``call`` is as lines tell it; ``at_ms`` when it was heard of, Unix ms, UTC."""

    kind: NewsKind
    at_ms: int
    call: Mapping[str, Any]


@dataclass
class CallFollower:
    """The calls of one lines process. For one thread."""

    _known: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def happened(self, call: Mapping[str, Any], at_ms: int) -> list[CallNews]:
        """One call is told of: what of that is news."""
        call_id = str(call["call_id"])
        if call["state"] == "ended":
            known = self._known.pop(call_id, None)
            return [] if known is None else [CallNews("call.ended", at_ms, call)]
        is_new = call_id not in self._known
        self._known[call_id] = call
        return [CallNews("call.started", at_ms, call)] if is_new else []

    def all_now(self, calls: Iterable[Mapping[str, Any]], at_ms: int) -> list[CallNews]:
        """All calls are told of, as after the process was away: what began and ended meanwhile."""
        now = {str(call["call_id"]): call for call in calls if call["state"] != "ended"}
        gone = [self._known.pop(call_id) for call_id in self._known.keys() - now.keys()]
        ended = [CallNews("call.ended", at_ms, {**call, "end_cause": _UNTOLD}) for call in gone]
        return ended + [news for call in now.values() for news in self.happened(call, at_ms)]


def document(news: CallNews, numbers: bool) -> dict[str, Any]:
    """A message's JSON, in the form that Standard Webhooks gives them."""
    call = news.call
    data: dict[str, Any] = {
        name: call.get(name) for name in ("call_id", "recording_id", "line", "direction", "extension")
    }
    data["started_at"] = time_text(call.get("started_at_ms"))
    data["answered_at"] = time_text(call.get("connected_at_ms"))
    data["recording"] = bool(call.get("recording"))
    data["paused"] = bool(call.get("paused"))
    if news.kind == "call.ended":
        data["ended_at"] = time_text(news.at_ms)
        data["end_cause"] = call.get("end_cause")
        data["tags"] = list(call.get("tags") or ())
    if numbers:
        data["far_party"] = _party(call.get("far_party"))
        data["office_party"] = _party(call.get("office_party"))
    return {"type": news.kind, "timestamp": time_text(news.at_ms), "data": data}


def _party(shown: Any) -> dict[str, Any]:
    """A number, or why there is none: a number that was withheld stays so."""
    if shown in _PRESENTED or not shown:
        return {"number": None, "presentation": shown or "unavailable"}
    return {"number": str(shown), "presentation": "available"}


def time_text(unix_ms: Any) -> str | None:
    """RFC 3339."""
    if unix_ms is None:
        return None
    return datetime.fromtimestamp(int(unix_ms) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
