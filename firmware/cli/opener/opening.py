"""The opener's routes for a session as it stands, and for opening one recording in it."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.access_policy import OPENING, Action
from firmware.services.named_cases import NamedCase
from firmware.services.opener import Opener
from firmware.services.opener_sessions import Session

_LONGEST_CASE = 200


def opening_routes(service: Opener) -> dict[str, Handler]:
    """What is asked by who is signed in. Tokens may come as ``Authorization: Bearer`` or in the body."""

    def sign_out(request: Request) -> Mapping[str, Any]:
        service.sign_out(_token(request))
        return {}

    def session(request: Request) -> Mapping[str, Any]:
        found = service.session(_token(request), activity=request.query.get("activity") != "no")
        return {**_session_json(found), "case": _case_json(service.case(found))}

    def end_case(request: Request) -> Mapping[str, Any]:
        service.end_case(_token(request))
        return {}

    def open_recording(request: Request) -> Mapping[str, Any]:
        recording_id = request.text("recording_id", 64)
        case = request.text("case", _LONGEST_CASE) if "case" in request.body else ""
        purpose, use = request.text("purpose"), _use(request.text("use"))
        keys = service.open(_token(request), recording_id, purpose, use, case)
        return {
            "recording_id": recording_id,
            "keys": [{"segment": key.segment, "key": b64encode(key.key).decode("ascii")} for key in keys],
        }

    def health(_: Request) -> Mapping[str, Any]:
        return {"state": "ok", "signed_in": service.signed_in, "pid": os.getpid()}

    return {
        "POST /sign-out": sign_out,
        "GET /session": session,
        "POST /open": open_recording,
        "POST /case/end": end_case,
        "GET /health": health,
    }


def _token(request: Request) -> str:
    return request.token or request.text("token")


def _use(text: str) -> Action:
    for action in OPENING:
        if action.value == text:
            return action
    raise RequestRefused("'use' is one of listen, download and export.")


def _case_json(running: tuple[NamedCase, int] | None) -> dict[str, Any] | None:
    if running is None:
        return None
    case, left_ms = running
    return {"name": case.name, "purpose": case.purpose, "left_ms": left_ms}


def _session_json(session: Session) -> dict[str, Any]:
    return {
        "person_id": session.person.person_id,
        "extension": session.person.extension,
        "extension_since_ms": session.person.extension_since_ms,
        "user": session.person.name,
        "role": session.person.role.value,
        "expires_at_ms": session.expires_at_ms,
        "session_id": session.session_id,
    }
