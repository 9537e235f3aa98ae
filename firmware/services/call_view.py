"""A call as pages and commands see it: plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.core.call import Call
from firmware.core.call.actions import possible
from firmware.core.number_pattern import NumberForm, as_dialled

CallView = Mapping[str, Any]


def call_view(call: Call, recording_id: str | None, form: NumberForm = as_dialled) -> CallView:
    """What is to be seen of a call now. ``form`` brings the office party's number into that of its ``extension``.

    ``recording`` is true also while ``paused``; ``actions`` are what may be asked of it now; ``playing`` are the
    prompts that somebody hears now, each with ``to``: far_party or office_party. Times are Unix milliseconds, UTC.
    ``emergency``: an emergency number was dialled.
    """
    plan, pause, notice = call.plan, call.open_pause, call.notice
    extension = call.party_at("office").number
    return {
        "call_id": plan.call_id,
        "recording_id": recording_id,
        "line": plan.line,
        "direction": plan.direction,
        "far_party": call.party_at("far_party").shown,
        "office_party": call.party_at("office").shown,
        "extension": None if extension is None else form(extension),
        "state": "ended" if call.over else call.shown_state,
        "started_at_ms": call.started_at_ms,
        "connected_at_ms": call.answered_at_ms,
        "emergency": plan.emergency,
        "mode": plan.decision.mode,
        "decided_by": plan.decision.decided_by,
        "recording": call.on_record and recording_id is not None,
        "paused": pause is not None,
        "paused_at_ms": None if pause is None else pause.asked_at_ms,
        "paused_how": None if pause is None else pause.how,
        "resumes_at_ms": call.resumes_at_ms,
        "reminder_unheard": call.reminder_unheard,
        "actions": list(possible(call)),
        "notice": None if notice is None else {"prompt": notice.prompt, "to": notice.to, "completed": notice.completed},
        "playing": _playing(call),
        "tags": list(call.tags),
        "end_cause": call.end_cause,
    }


def _playing(call: Call) -> list[dict[str, str]]:
    said = (*((call.notice,) if call.notice is not None else ()), *call.announcements)
    return [{"prompt": each.prompt, "to": each.to} for each in said if each.ended_at_ms is None]
