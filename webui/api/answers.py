"""What programs are answered: JSON of calls, and what is wrong as RFC 9457 has it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import Response

from firmware.adapters.catalogue.reader import RecordingRow

PROBLEM = "application/problem+json"
#: Every address of the API begins so; what is below it is answered in JSON, never by a page.
PREFIX = "/api/"


def problem(status: int, title: str, detail: str, remedy: str) -> Response:
    """What went wrong, and what to do."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if remedy:
        body["remedy"] = remedy
    answer = Response(json.dumps(body), status, mimetype=PROBLEM)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="earmark"'
    return answer


def call_json(row: RecordingRow, numbers: bool) -> dict[str, Any]:
    """One row of the list. Numbers of a call whose processing is restricted are nobody's but a person's to see."""
    shown = {
        "id": row.id,
        "call_id": row.call_id,
        "started_at": time_text(row.started_at),
        "answered_at": time_text(row.answered_at),
        "ended_at": time_text(row.ended_at),
        "duration_s": row.duration_s,
        "direction": row.direction,
        "line": row.line,
        "extension": row.extension,
        "state": row.state,
        "mode": row.mode,
        "paused_s": row.paused_s,
        "opted_out": row.opted_out,
        "restricted": row.restricted,
        "tags": list(row.tags),
    }
    if numbers:
        shut = row.restricted
        shown["far_number"] = None if shut else row.far_number
        shown["office_number"] = None if shut else row.office_number
    return shown


def time_text(moment: datetime | None) -> str | None:
    """RFC 3339, UTC."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
