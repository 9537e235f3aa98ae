"""The opener's routes for requests: asking, deciding, ending, and what is open to whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.catalogue.casework import AccessRequestTables
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.grant_folder import AgeGrantSealer, GrantFolder
from firmware.adapters.keys.keyslot_shelf import KeyslotFolder
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.store.evidence_looks import key_asked_with
from firmware.core.access_request import AccessRequest, WantedCalls
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.services.access_requests import AccessRequests, GrantDesk
from firmware.services.granted_keys import GrantedKeys
from firmware.services.opener import Opener

_MOST_IDS = 1000


def granted_keys(home: Home, clock: Clock) -> GrantedKeys:
    """What opens calls by grants, over a data folder."""
    return GrantedKeys(AccessRequestTables(home.catalogue), GrantFolder(home.recordings), clock)


def access_requests(home: Home, opener: Opener, clock: Clock) -> AccessRequests:
    """The service over a data folder."""
    desk = GrantDesk(
        AccessRequestTables(home.catalogue),
        KeyslotFolder(home.recordings),
        GrantFolder(home.recordings),
        AgeGrantSealer(),
        opener.granted,
        lambda request: key_asked_with(home.evidence, request.request_id, request.asked_at_ms),
    )
    return AccessRequests(opener, PeopleFile(home.people_file), desk, clock)


def request_routes(requests: AccessRequests) -> dict[str, Handler]:
    """All need the token of a session; whose it is decides."""

    def ask(request: Request) -> Mapping[str, Any]:
        wanted = _part(request, "wanted")
        made = requests.ask(
            request.token, request.text("purpose"), _ids(request, "calls"), WantedCalls.from_json(wanted)
        )
        return _shown(made)

    def mine(request: Request) -> Mapping[str, Any]:
        return {"requests": [_shown(each) for each in requests.mine(request.token)]}

    def everybodys(request: Request) -> Mapping[str, Any]:
        decided = request.query.get("decided") == "yes"
        return {"requests": [_shown(each) for each in requests.all(request.token, decided=decided)]}

    def one(request: Request) -> Mapping[str, Any]:
        return _shown(requests.one(request.token, request.parameters["request_id"]))

    def approve(request: Request) -> Mapping[str, Any]:
        ends_at_ms = _part(request).get("ends_at_ms")
        if not isinstance(ends_at_ms, int):
            raise RequestRefused("The request needs 'ends_at_ms' as Unix time in milliseconds.")
        chosen, reason = _ids(request, "calls"), request.text("reason")
        return _shown(requests.approve(request.token, request.parameters["request_id"], chosen, ends_at_ms, reason))

    def refuse(request: Request) -> Mapping[str, Any]:
        return _shown(requests.refuse(request.token, request.parameters["request_id"], request.text("reason")))

    def withdraw(request: Request) -> Mapping[str, Any]:
        return _shown(requests.withdraw(request.token, request.parameters["request_id"]))

    def end(request: Request) -> Mapping[str, Any]:
        return _shown(requests.end(request.token, request.parameters["request_id"], request.text("reason")))

    def grants(request: Request) -> Mapping[str, Any]:
        found = requests.my_grants(request.token)
        rows = [
            {"recording_id": each.recording_id, "request_id": each.request_id, "ends_at_ms": each.ends_at_ms}
            for each in found
        ]
        return {"grants": rows}

    return {
        "POST /requests": ask,
        "GET /requests": mine,
        "GET /requests/all": everybodys,
        "GET /requests/{request_id}": one,
        "POST /requests/{request_id}/approve": approve,
        "POST /requests/{request_id}/refuse": refuse,
        "POST /requests/{request_id}/withdraw": withdraw,
        "POST /requests/{request_id}/end": end,
        "GET /grants": grants,
    }


def _part(request: Request, name: str = "") -> Mapping[str, Any]:
    """The body, or an object in it; empty where there is none."""
    found = request.body if isinstance(request.body, dict) else {}
    found = found.get(name, {}) if name else found
    return found if isinstance(found, dict) else {}


def _ids(request: Request, name: str) -> list[str]:
    found = _part(request).get(name, [])
    if not isinstance(found, list) or len(found) > _MOST_IDS or not all(isinstance(each, str) for each in found):
        raise RequestRefused(f"The request needs {name!r} as a list of recordings' ids.")
    return found


def _shown(request: AccessRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "requester": request.requester_name,
        "requester_id": request.requester_id,
        "asked_at_ms": request.asked_at_ms,
        "purpose": request.purpose,
        "wanted": request.wanted.to_json(),
        "calls": {call: state.value for call, state in request.calls.items()},
        "state": request.state.value,
        "decided_by": request.decided_by_name,
        "decided_at_ms": request.decided_at_ms,
        "ends_at_ms": request.ends_at_ms,
        "reason": request.reason,
    }
