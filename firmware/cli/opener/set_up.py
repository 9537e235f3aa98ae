"""The opener's routes of the set-up guide. All need the token of a session; whose it is decides.

``GET /set-up``          {begun_at_ms, aside, words: {what: {at_ms, by, note, about}}}
``POST /set-up/aside``   {aside}: lead nobody to what is left, or do so again
``POST /set-up/{what}``  {note, about}: somebody's word
``POST /alerts/test``    → {destinations: [[name, why not]]}: a message to each now
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.set_up_book_file import SetUpBookFile
from firmware.core.home import Home
from firmware.core.set_up_book import Said
from firmware.ports.clock import Clock
from firmware.services.access_requests import Reception
from firmware.services.set_up_guide import SetUpGuide

#: Every destination may take a minute to say no.
_PATIENCE_S = 110.0
_LONGEST_NOTE = 2000
_LONGEST_ABOUT = 100


class AlertsOfTheKeeper:
    """``AlertTrial``."""

    def __init__(self, home: Home) -> None:
        self._client = ControlClient(home.keeper_socket, _PATIENCE_S)

    def try_alerts(self, by: str) -> Sequence[tuple[str, str]]:
        told = self._client.post("/alerts/test", {"by": by})["destinations"]
        return [(str(name), str(why)) for name, why in told]


def set_up_routes(home: Home, reception: Reception, clock: Clock) -> dict[str, Handler]:
    guide = SetUpGuide(reception, SetUpBookFile(home.set_up_book), AlertsOfTheKeeper(home), clock)

    def book(request: Request) -> Mapping[str, Any]:
        found = guide.book(request.token)
        words = {what.value: asdict(word) for what, word in found.words.items()}
        return {"begun_at_ms": found.begun_at_ms, "aside": found.aside, "words": words}

    def put_aside(request: Request) -> Mapping[str, Any]:
        guide.put_aside(request.token, aside=isinstance(request.body, dict) and request.body.get("aside") is True)
        return {}

    def say(request: Request) -> Mapping[str, Any]:
        note, about = request.text("note", _LONGEST_NOTE), request.text("about", _LONGEST_ABOUT)
        return asdict(guide.say(request.token, _said(request.parameters["what"]), note, about))

    def try_alerts(request: Request) -> Mapping[str, Any]:
        return {"destinations": [list(each) for each in guide.try_alerts(request.token)]}

    return {
        "GET /set-up": book,
        "POST /set-up/aside": put_aside,
        "POST /set-up/{what}": say,
        "POST /alerts/test": try_alerts,
    }


def _said(name: str) -> Said:
    try:
        return Said(name)
    except ValueError:
        raise RequestRefused("The set-up guide has no such thing to say.") from None
