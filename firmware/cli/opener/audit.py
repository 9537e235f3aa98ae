"""The opener's routes for reading the evidence. All need the token of a session whose role may.

``POST /audit/lines``  {since_ms?, until_ms?, kinds?: [...], person_id?, recording_id?, before?} →
                       {lines: [{place, number, at_ms, kind, subject, had_detail, detail, sound}], older, with_details,
                        names: {person_id: name}}: newest first; of a damaged line only its place is given
``POST /audit/day``    {day: "2026-03-01", offset} → {part: base64, next}: one day's lines as they are
``GET /audit/people``  → {people: {person_id: name}}: whom one can look for
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.store.evidence_pages import EvidenceFilePages
from firmware.core.evidence_search import EvidenceSearch, Place
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.ports.settings_store import PeopleStore
from firmware.services.audit import Audit, AuditReception, ReadLine

_MOST_KINDS = 100


def audit_routes(home: Home, reception: AuditReception, people: PeopleStore, clock: Clock) -> dict[str, Handler]:
    """The service over a data folder, asked for what the module's text says."""
    audit = Audit(reception, EvidenceFilePages(home), DetailTable(home.catalogue), people, clock)

    def lines(request: Request) -> Mapping[str, Any]:
        page = audit.read(request.token, _search(request))
        return {
            "lines": [_line(each) for each in page.lines],
            "older": page.older.to_text() if page.older else None,
            "with_details": page.with_details,
            "names": dict(page.names),
        }

    def day(request: Request) -> Mapping[str, Any]:
        offset = _number(request, "offset") or 0
        part, after = audit.day(request.token, request.text("day", 10), offset)
        return {"part": b64encode(part).decode("ascii"), "next": after}

    def people_to_look_for(request: Request) -> Mapping[str, Any]:
        return {"people": dict(audit.everybody(request.token))}

    return {"POST /audit/lines": lines, "POST /audit/day": day, "GET /audit/people": people_to_look_for}


def _search(request: Request) -> EvidenceSearch:
    kinds = _body(request).get("kinds", [])
    if not isinstance(kinds, list) or len(kinds) > _MOST_KINDS:
        raise RequestRefused("'kinds' is a list of kinds of evidence.")
    return EvidenceSearch(
        since=_moment(request, "since_ms"),
        until=_moment(request, "until_ms"),
        kinds=frozenset(str(each) for each in kinds),
        person_id=_optional(request, "person_id"),
        recording_id=_optional(request, "recording_id"),
        before=Place.from_text(_optional(request, "before")),
    )


def _line(read: ReadLine) -> dict[str, Any]:
    place, line = read.found.place.to_text(), read.found.line
    if line is None:
        return {"place": place, "number": None}
    return {
        "place": place,
        "number": line.number,
        "at_ms": round(line.at.timestamp() * 1000),
        "kind": line.kind,
        "subject": dict(line.subject),
        "had_detail": read.had_detail,
        "detail": dict(read.detail.words) if read.detail else None,
        "sound": read.detail.sound if read.detail else True,
    }


def _body(request: Request) -> Mapping[str, Any]:
    return request.body if isinstance(request.body, dict) else {}


def _optional(request: Request, name: str) -> str:
    return request.text(name, 64) if _body(request).get(name) else ""


def _number(request: Request, name: str) -> int | None:
    found = _body(request).get(name)
    if found is not None and (not isinstance(found, int) or found < 0):
        raise RequestRefused(f"'{name}' is a number.")
    return found


def _moment(request: Request, name: str) -> datetime | None:
    found = _number(request, name)
    try:
        return datetime.fromtimestamp(found / 1000, UTC) if found is not None else None
    except (ValueError, OverflowError, OSError):
        raise RequestRefused(f"'{name}' is Unix time in milliseconds.") from None
