"""The opener's routes for the PBX's call log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firmware.adapters.catalogue.call_log_reader import CallLogReader, LoggedRow
from firmware.adapters.catalogue.cases import CaseTables
from firmware.adapters.catalogue.missed_recordings import MissedRecordings
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.call_log import MOST_FOUND
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.services.access_requests import Reception
from firmware.services.call_log_book import CallLogBook

_PATIENCE_S = 10.0


def call_log_routes(home: Home, reception: Reception, clock: Clock) -> dict[str, Handler]:
    """All need the token of a session; whose it is decides."""
    recorder, reader = ControlClient(home.recorder_socket, _PATIENCE_S), CallLogReader(home.catalogue)

    def have_erased(row_ids: Sequence[str]) -> int:
        return int(recorder.post("/call-log/erase", {"rows": list(row_ids)})["erased"])

    book = CallLogBook(reception, MissedRecordings(home.catalogue), CaseTables(home.catalogue), clock, have_erased)

    def explain(request: Request) -> Mapping[str, Any]:
        book.explain(request.token, request.parameters["row_id"], request.text("because"))
        return {}

    def erase(request: Request) -> Mapping[str, Any]:
        return {"erased": book.erase(request.token, _ids(request), request.text("because"))}

    def of_person(request: Request) -> Mapping[str, Any]:
        whose = book.looked_for(request.token, request.text("case_id", 64))
        found = reader.of_person(whose, MOST_FOUND + 1)
        return {"rows": [_shown(each) for each in found[:MOST_FOUND]], "more": len(found) > MOST_FOUND}

    return {
        "POST /call-log/{row_id}/explain": explain,
        "POST /call-log/erase": erase,
        "POST /call-log/of-person": of_person,
    }


def _shown(logged: LoggedRow) -> dict[str, Any]:
    kept = logged.kept
    return {"row": kept.row.to_json(), "state": kept.state, "recording_id": kept.recording_id}


def _ids(request: Request) -> list[str]:
    given = request.body.get("rows") if isinstance(request.body, dict) else None
    if not isinstance(given, list) or not all(isinstance(each, str) and len(each) <= 64 for each in given):
        raise RequestRefused("'rows' is a list of rows' ids.")
    return list(given)
