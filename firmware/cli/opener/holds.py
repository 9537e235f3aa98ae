"""The opener's routes for how long recordings are kept: legal holds, orders to erase, classes chosen by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.holds import KeepingTables
from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.legal_hold import MOST_RECORDINGS, LegalHold
from firmware.ports.clock import Clock
from firmware.services.access_requests import Reception
from firmware.services.early_erasure import EarlyErasure
from firmware.services.legal_holds import LegalHolds

_SEARCHED = ("number", "line", "direction", "state")
_KEEPER_PATIENCE_S = 2.0


def keeping_routes(home: Home, reception: Reception, clock: Clock, zone: ZoneInfo) -> dict[str, Handler]:
    """All need the token of a session; whose it is decides."""
    store = KeepingTables(home.catalogue)
    holds = LegalHolds(reception, store, clock, zone, lambda search: _found_by(home, search))
    erasure = EarlyErasure(reception, store, clock, zone, lambda: _tell_the_keeper(home))
    return {**hold_routes(holds), **erasure_routes(erasure)}


def hold_routes(holds: LegalHolds) -> dict[str, Handler]:
    def listed(request: Request) -> Mapping[str, Any]:
        return {"holds": [_shown(each.hold, each.recordings) for each in holds.all(request.token)]}

    def one(request: Request) -> Mapping[str, Any]:
        hold, calls = holds.one(request.token, request.parameters["hold_id"])
        return {**_shown(hold, len(calls)), "calls": list(calls)}

    def place(request: Request) -> Mapping[str, Any]:
        search = request.body.get("search") if isinstance(request.body, dict) else None
        if search is not None and not isinstance(search, dict):
            raise RequestRefused("'search' is a table.")
        calls = _ids(request) if search is None else ()
        purpose, day, restricts = request.text("purpose"), _day(request, "review_on"), request.body.get("restricts")
        placed = holds.place(request.token, purpose, day, calls, search, restricts=restricts is True)
        return _shown(placed.hold, placed.recordings)

    def review(request: Request) -> Mapping[str, Any]:
        because, day = request.text("because"), _day(request, "review_on")
        return _shown(holds.review(request.token, request.parameters["hold_id"], day, because))

    def release(request: Request) -> Mapping[str, Any]:
        return _shown(holds.release(request.token, request.parameters["hold_id"], request.text("because")))

    return {
        "GET /holds": listed,
        "POST /holds": place,
        "GET /holds/{hold_id}": one,
        "POST /holds/{hold_id}/review": review,
        "POST /holds/{hold_id}/release": release,
    }


def erasure_routes(erasure: EarlyErasure) -> dict[str, Handler]:
    def order(request: Request) -> Mapping[str, Any]:
        ordered = erasure.order(request.token, _ids(request), request.text("because"))
        return {"ordered": list(ordered.ordered), "refused": dict(ordered.refused)}

    def journal(request: Request) -> Mapping[str, Any]:
        return {"erasures": [asdict(each) for each in erasure.journal(request.token)]}

    def keeping(request: Request) -> Mapping[str, Any]:
        found = asdict(erasure.keeping(request.token, request.parameters["recording_id"]))
        return {**found, "classes": list(erasure.classes(request.token))}

    def choose_class(request: Request) -> Mapping[str, Any]:
        erasure.choose_class(
            request.token,
            request.parameters["recording_id"],
            request.text("class", 40),
            request.text("because"),
            even_if_erased=request.body.get("even_if_erased") is True,
        )
        return {}

    return {
        "POST /erasures": order,
        "GET /erasures": journal,
        "GET /recordings/{recording_id}/keeping": keeping,
        "POST /recordings/{recording_id}/class": choose_class,
    }


def _found_by(home: Home, search: Mapping[str, Any]) -> Iterable[str]:
    """The ids of the calls that a search finds: the newest, one more than a hold may take."""
    wanted: dict[str, Any] = {name: str(search[name]) for name in _SEARCHED if search.get(name)}
    span: dict[str, Any] = {name: _moment(search[name]) for name in ("started_from", "started_to") if search.get(name)}
    if not wanted and not span:
        raise RequestRefused("A search for a hold says at least one thing about the calls.")
    reader = CatalogueReader(home.catalogue)
    try:
        query = replace(RecordingQuery(limit=MOST_RECORDINGS + 1), **wanted, **span)
        return [row.id for row in reader.recordings(query)]
    finally:
        reader.close()


def _tell_the_keeper(home: Home) -> None:
    with contextlib.suppress(EarmarkError):  # it looks by itself each minute
        ControlClient(home.keeper_socket, timeout_s=_KEEPER_PATIENCE_S).post("/look-now", {})


def _ids(request: Request) -> list[str]:
    calls = request.body.get("calls") if isinstance(request.body, dict) else None
    if not isinstance(calls, list) or not all(isinstance(each, str) and len(each) <= 64 for each in calls):
        raise RequestRefused("'calls' is a list of recordings' ids.")
    return calls


def _day(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.text(name, 10))
    except ValueError:
        raise RequestRefused(f"{name!r} is a day such as 2027-03-31.") from None


def _moment(unix_ms: object) -> datetime:
    if not isinstance(unix_ms, int):
        raise RequestRefused("'started_from' and 'started_to' are Unix milliseconds.")
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def _shown(hold: LegalHold, calls: int | None = None) -> dict[str, Any]:
    counted = {} if calls is None else {"recordings": calls}
    return {**asdict(hold), "review_on": hold.review_on.isoformat(), **counted}
