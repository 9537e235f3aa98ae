"""The opener's route for notes beside calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.catalogue.call_notes import NoteTable
from firmware.adapters.control.server import Handler, Request
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.services.call_notes import CallNotes, NoteOffice


def note_routes(home: Home, office: NoteOffice, clock: Clock) -> dict[str, Handler]:
    """The token comes as ``Authorization: Bearer``."""
    notes = CallNotes(office, NoteTable(home.catalogue), clock)

    def write(request: Request) -> Mapping[str, Any]:
        notes.write(request.token, request.parameters["recording_id"], request.text("text", 4000))
        return {}

    return {"POST /recordings/{recording_id}/notes": write}
