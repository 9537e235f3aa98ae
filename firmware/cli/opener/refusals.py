"""The opener's routes, so that whoever is refused by one of them is told of in the evidence; and one for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.access_policy import Action
from firmware.core.errors import NotAllowed
from firmware.ports.clock import Clock
from firmware.services.refusals import Refusals, RefusingOffice


def telling_refusals(answers: Mapping[str, Handler], office: RefusingOffice, clock: Clock) -> dict[str, Handler]:
    """``answers``, and ``POST /refused`` (action, recording_id?), by which the page tells what it refused by itself."""
    refusals = Refusals(office, clock)

    def refused(request: Request) -> Mapping[str, Any]:
        try:
            action = Action(request.text("action"))
        except ValueError:
            raise RequestRefused("'action' is one of the table of roles.") from None
        recording_id = request.text("recording_id", 64) if request.body.get("recording_id") else ""
        refusals.tell_of_page(request.token, action, recording_id)
        return {}

    told = {route: _telling(handler, refusals) for route, handler in answers.items()}
    return {**told, "POST /refused": refused}


def _telling(handler: Handler, refusals: Refusals) -> Handler:
    def ask(request: Request) -> Mapping[str, Any]:
        try:
            return handler(request)
        except NotAllowed as refusal:
            if not refusal.told:
                refusals.tell(_token(request), refusal.what, request.path if request.method == "GET" else "")
            raise

    return ask


def _token(request: Request) -> str:
    named = request.body.get("token") if isinstance(request.body, dict) else None
    return request.token or (named if isinstance(named, str) else "")
