"""The opener's routes for people's requests about their data, and authorities'."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.cases import CaseTables
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.bank_holidays import is_day_off
from firmware.core.case_clock import CaseClock, CaseKind
from firmware.core.data_case import CALL_STATES, MOST_CALLS, PAPER_PART_BYTES, DataCase, Muted, Paper, WhoseCalls
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.services.cases import CaseOffice, Cases, ClockChange, NewCase

_LONGEST_PART = PAPER_PART_BYTES * 4 // 3 + 8
_CHANGES = ("proved", "asked_back", "clarified", "extended")
_PAPER_KINDS = ("authority", "letter")


def case_routes(home: Home, office: CaseOffice, clock: Clock, zone: ZoneInfo) -> dict[str, Handler]:
    """All need the token of a session; whose it is decides."""
    cases = Cases(office, CaseTables(home.catalogue), clock, zone, is_day_off)
    return {**_case_routes(cases), **_call_routes(cases), **_paper_routes(cases)}


def _case_routes(cases: Cases) -> dict[str, Handler]:
    def begin(request: Request) -> Mapping[str, Any]:
        clock = CaseClock(
            CaseKind(_one_of(request, "kind", tuple(CaseKind))),
            request.day("received_on"),
            proof_needed=_part(request).get("proof_needed") is True,
            named_day=request.day("named_day") if _part(request).get("named_day") else None,
        )
        new = NewCase(clock, request.text("subject_name"), request.text("asked", 4000), _whose(request))
        return _shown(cases, cases.begin(request.token, new))

    def listed(request: Request) -> Mapping[str, Any]:
        found = cases.all(request.token, is_open=request.query.get("closed") != "yes")
        return {"cases": [_shown(cases, each) for each in found]}

    def one(request: Request) -> Mapping[str, Any]:
        case, papers = cases.one(request.token, request.parameters["case_id"])
        return {**_shown(cases, case), "papers": [_paper_json(each) for each in papers]}

    def change_clock(request: Request) -> Mapping[str, Any]:
        what = cast(ClockChange, _one_of(request, "what", _CHANGES))
        because = request.text("because", 4000)
        case = cases.change_clock(request.token, request.parameters["case_id"], what, request.day("on"), because)
        return _shown(cases, case)

    def close(request: Request) -> Mapping[str, Any]:
        return _shown(cases, cases.close(request.token, request.parameters["case_id"], request.text("outcome", 4000)))

    return {
        "POST /cases": begin,
        "GET /cases": listed,
        "GET /cases/{case_id}": one,
        "POST /cases/{case_id}/clock": change_clock,
        "POST /cases/{case_id}/close": close,
    }


def _call_routes(cases: Cases) -> dict[str, Handler]:
    def find(request: Request) -> Mapping[str, Any]:
        added, further = cases.find(request.token, request.parameters["case_id"], _whose(request))
        return {"added": added, "further": further}

    def add(request: Request) -> Mapping[str, Any]:
        cases.add(request.token, request.parameters["case_id"], request.text("recording_id", 64))
        return {}

    def decide(request: Request) -> Mapping[str, Any]:
        state = next(each for each in CALL_STATES if each == _one_of(request, "state", CALL_STATES))
        reason = request.text("reason", 4000)
        case = cases.decide(request.token, request.parameters["case_id"], _ids(request), state, reason)
        return _shown(cases, case)

    def mute(request: Request) -> Mapping[str, Any]:
        given = _part(request).get("muted")
        if not isinstance(given, list):
            raise RequestRefused("'muted' is a list.")
        muted = [Muted.from_json(each) for each in given]
        cases.mute(request.token, request.parameters["case_id"], request.text("recording_id", 64), muted)
        return {}

    def open_call(request: Request) -> Mapping[str, Any]:
        recording_id = request.text("recording_id", 64)
        keys = cases.open_call(request.token, request.parameters["case_id"], recording_id)
        return {"keys": [{"segment": key.segment, "key": b64encode(key.key).decode("ascii")} for key in keys]}

    return {
        "POST /cases/{case_id}/find": find,
        "POST /cases/{case_id}/add": add,
        "POST /cases/{case_id}/decide": decide,
        "POST /cases/{case_id}/mute": mute,
        "POST /cases/{case_id}/open": open_call,
    }


def _paper_routes(cases: Cases) -> dict[str, Handler]:
    """A file comes, and is fetched, in parts of ``PAPER_PART_BYTES``."""

    def receive(request: Request) -> Mapping[str, Any]:
        try:
            content = b64decode(request.text("content", _LONGEST_PART), validate=True)
        except (binascii.Error, ValueError):
            raise RequestRefused("'content' is base64.") from None
        paper_id, n = request.text("paper_id", 32), _count(request, "n")
        return {"paper_id": cases.receive(request.token, request.parameters["case_id"], paper_id, n, content)}

    def attach(request: Request) -> Mapping[str, Any]:
        authority = _one_of(request, "kind", _PAPER_KINDS) == "authority"
        kind: Literal["authority", "letter"] = "authority" if authority else "letter"
        case_id, paper_id = request.parameters["case_id"], request.text("paper_id", 32)
        return _paper_json(cases.attach(request.token, case_id, kind, request.text("name"), paper_id))

    def paper(request: Request) -> Mapping[str, Any]:
        return _paper_json(cases.paper(request.token, request.parameters["case_id"], request.parameters["paper_id"]))

    def part(request: Request) -> Mapping[str, Any]:
        named = request.parameters
        if not (named["n"].isascii() and named["n"].isdigit()):
            raise RequestRefused("A part has a number.")
        content = cases.part(request.token, named["case_id"], named["paper_id"], int(named["n"]))
        return {"content": b64encode(content).decode("ascii")}

    def disclosed(request: Request) -> Mapping[str, Any]:
        size = _count(request, "bytes")
        case_id, digest = request.parameters["case_id"], request.text("sha256", 64)
        made = cases.disclosed(request.token, case_id, request.text("name"), digest, size, _ids(request))
        return _paper_json(made)

    return {
        "POST /cases/{case_id}/papers/parts": receive,
        "POST /cases/{case_id}/papers": attach,
        "GET /cases/{case_id}/papers/{paper_id}": paper,
        "GET /cases/{case_id}/papers/{paper_id}/parts/{n}": part,
        "POST /cases/{case_id}/bundles": disclosed,
    }


def _part(request: Request) -> Mapping[str, Any]:
    return request.body if isinstance(request.body, dict) else {}


def _one_of(request: Request, name: str, known: tuple[str, ...]) -> str:
    found = request.text(name, 40)
    if found not in known:
        raise RequestRefused(f"{name!r} is one of {', '.join(known)}.")
    return found


def _count(request: Request, name: str) -> int:
    found = _part(request).get(name)
    if not isinstance(found, int) or found < 0:
        raise RequestRefused(f"{name!r} is a number.")
    return found


def _ids(request: Request) -> list[str]:
    calls = _part(request).get("calls")
    fits = isinstance(calls, list) and len(calls) <= MOST_CALLS
    if not fits or not all(isinstance(each, str) and len(each) <= 64 for each in cast(list[object], calls)):
        raise RequestRefused("'calls' is a list of recordings' ids.")
    return cast(list[str], calls)


def _whose(request: Request) -> WhoseCalls:
    numbers = _part(request).get("numbers", [])
    if not isinstance(numbers, list) or not all(isinstance(each, str) for each in numbers):
        raise RequestRefused("'numbers' is a list of texts.")
    days = (request.day(name) if _part(request).get(name) else None for name in ("first_day", "last_day"))
    return WhoseCalls.read(numbers, request.text("extension"), request.text("words"), *days)


def _shown(cases: Cases, case: DataCase) -> dict[str, Any]:
    stands = cases.standing(case)
    return {
        "case_id": case.case_id,
        "kind": case.kind.value,
        "subject_name": case.subject_name,
        "received_on": case.clock.received_on.isoformat(),
        "details": case.details(),
        "opened_by": case.opened_by_name,
        "closed_at_ms": case.closed_at_ms,
        "due_on": stands.due_on.isoformat() if stands.due_on else None,
        "urgency": stands.urgency,
        "standing": stands.words,
        "calls": [{**asdict(call), "muted": [each.to_json() for each in call.muted]} for call in case.calls],
    }


def _paper_json(paper: Paper) -> dict[str, Any]:
    return asdict(paper)
