"""What a page is told of calls in progress. An administrator is told no party: neither number, extension nor name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.live_calls.call_feed import CallsNow
from webui.wording import DIRECTIONS

STATES = {
    "notice": "Hearing the notice",
    "ringing": "Ringing",
    "connected": "Talking",
    "held": "On hold",
}


def calls_document(now: CallsNow, server_now_ms: int, with_parties: bool) -> dict[str, Any]:
    """The JSON document of one ``calls`` event.

    Args:
        server_now_ms: sent along so that a browser whose clock is wrong still shows true durations.
        with_parties: whether this visitor may see who is on the call.
    """
    return {
        "connection": now.connection,
        "now_ms": server_now_ms,
        "recordings": now.recordings,
        "calls": [_call(call, with_parties) for call in now.calls.values()],
    }


def _call(call: Mapping[str, Any], with_parties: bool) -> dict[str, Any]:
    state = str(call.get("state", ""))
    document = {
        "direction": call.get("direction"),
        "direction_name": DIRECTIONS.get(str(call.get("direction")), ""),
        "line": call.get("line"),
        "state": state,
        "state_name": STATES.get(state, state.replace("_", " ").capitalize()),
        "since_ms": call.get("connected_at_ms") or call.get("started_at_ms"),
        "recorded": bool(call.get("recording")),
    }
    if with_parties:
        document["far_party"] = call.get("far_party")
        document["office_party"] = call.get("office_party")
    return document
