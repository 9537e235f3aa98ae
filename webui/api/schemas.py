"""The parts that the description of the API is put together from: what is asked with, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.core.given_name import GIVEN_NAME
from firmware.core.program import SEE_NUMBERS
from webui.api.call_query import CURSOR, DIRECTIONS, EXTENSION, MOST_ROWS, USUAL_ROWS

TAG = r"#?[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"
RECORDING = r"[0-9a-f-]{1,64}"


def ref(schema: str) -> dict[str, str]:
    """Where a schema of ``schemas`` stands in the document."""
    return {"$ref": f"#/components/schemas/{schema}"}


def parameters() -> dict[str, Any]:
    extension = {"type": "string", "pattern": f"^({EXTENSION})$"}

    def query(name: str, words: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": words, "schema": schema}

    return {
        "id": {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "The id of a recording, as the list and web hooks give it.",
            "schema": {"type": "string", "pattern": f"^{RECORDING}$"},
        },
        "extension": {
            "name": "extension",
            "in": "path",
            "required": True,
            "description": "As it is shown with its calls.",
            "schema": extension,
        },
        "limit": query(
            "limit", "How many.", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS}
        ),
        "before": query(
            "before", "What an answer before this had as next.", {"type": "string", "pattern": f"^{CURSOR}$"}
        ),
        "since": query("since", "Calls that began at this time or later.", {"type": "string", "format": "date-time"}),
        "until": query("until", "Calls that began before this time.", {"type": "string", "format": "date-time"}),
        "ofExtension": query("extension", "Calls of this extension.", extension),
        "line": query("line", "Calls on the line of this name.", {"type": "string", "pattern": _whole(GIVEN_NAME)}),
        "direction": query("direction", "Calls of this direction.", {"type": "string", "enum": list(DIRECTIONS)}),
    }


def _whole(pattern: str) -> str:
    return f"^({pattern.removeprefix('^').removesuffix('$')})$"


def schemas() -> dict[str, Any]:
    return {
        "Token": _object(
            {
                "name": {"type": "string"},
                "scopes": {"type": "array", "items": {"type": "string"}},
                "expires_at": _moment("When it ends; null: it does not."),
            }
        ),
        "Calls": _object(
            {
                "calls": {"type": "array", "items": ref("Call"), "maxItems": MOST_ROWS},
                "next": {"type": ["string", "null"], "description": "To be given as before; null: there are no more."},
            }
        ),
        "Call": _call(),
        "Tag": _object({"tag": {"type": "string", "pattern": f"^{TAG}$", "examples": ["order-4711"]}}),
        "Recording": _object(
            {
                "extension": {"type": "string"},
                "state": {
                    "type": "string",
                    "enum": ["away", "none", "on", "paused", "fixed", "off"],
                    "description": "away: not known at this moment, or not of all calls; none: no call; on: recorded, "
                    "and may be paused; paused; fixed: recorded, and may not be paused; off: not recorded. Of several "
                    "calls the least safe counts: paused means that nothing of any is kept.",
                },
                "paused_at": _moment("Since when nothing is kept."),
                "resumes_at": _moment("When it goes on by itself."),
            }
        ),
        "Problem": {
            "type": "object",
            "description": "What went wrong (RFC 9457), and what to do.",
            "required": ["title", "status", "detail"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "remedy": {"type": "string"},
            },
        },
        "CallStarted": _news("call.started", {}),
        "CallEnded": _news(
            "call.ended",
            {
                "ended_at": _moment(""),
                "end_cause": {"type": ["string", "null"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        ),
        "Party": _object(
            {
                "number": {"type": ["string", "null"]},
                "presentation": {"type": "string", "enum": ["available", "withheld", "unavailable"]},
            }
        ),
    }


def _call() -> dict[str, Any]:
    numbers = {
        "far_number": {
            "type": ["string", "null"],
            "description": f"Only with {SEE_NUMBERS}; null where it is withheld.",
        },
        "office_number": {"type": ["string", "null"], "description": f"Only with {SEE_NUMBERS}."},
    }
    told = _object(
        {
            "id": {"type": "string"},
            "call_id": {"type": "string"},
            "started_at": {"type": "string", "format": "date-time"},
            "answered_at": _moment(""),
            "ended_at": _moment(""),
            "duration_s": {"type": "number", "minimum": 0},
            "direction": {"type": "string"},
            "line": {"type": "string"},
            "extension": {"type": ["string", "null"]},
            "state": {"type": "string"},
            "mode": {"type": "string"},
            "paused_s": {"type": "number", "minimum": 0},
            "opted_out": {"type": "boolean", "description": "A party asked not to be recorded."},
            "restricted": {"type": "boolean", "description": "It is kept, and nothing else may be done with it."},
            "tags": {"type": "array", "items": {"type": "string"}},
        }
    )
    told["properties"] |= numbers
    return told


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _moment(words: str) -> dict[str, Any]:
    told: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
    return told | ({"description": words} if words else {})


def _news(kind: str, further: Mapping[str, Any]) -> dict[str, Any]:
    data = _object(
        {
            "call_id": {"type": "string"},
            "recording_id": {"type": ["string", "null"], "description": "Under which the list of calls has it."},
            "line": {"type": "string"},
            "direction": {"type": "string"},
            "extension": {"type": ["string", "null"]},
            "started_at": _moment(""),
            "answered_at": _moment(""),
            "recording": {"type": "boolean"},
            "paused": {"type": "boolean"},
            **further,
        }
    )
    data["properties"] |= {"far_party": ref("Party"), "office_party": ref("Party")}
    return _object({"type": {"const": kind}, "timestamp": {"type": "string", "format": "date-time"}, "data": data})
