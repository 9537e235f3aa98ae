"""The opener's route for searches: asked by the page before it shows what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.ports.clock import Clock
from firmware.services.searches import Searches, SearchingOffice

_MOST_FIELDS = 12
_LONGEST = 500


def search_routes(office: SearchingOffice, clock: Clock) -> dict[str, Handler]:
    """The token comes as ``Authorization: Bearer``; the body holds ``query``, a table of texts."""
    searches = Searches(office, clock)

    def search(request: Request) -> Mapping[str, Any]:
        searches.search(request.token, _query(request.body.get("query")))
        return {}

    return {"POST /search": search}


def _query(given: object) -> dict[str, str]:
    if not isinstance(given, dict) or len(given) > _MOST_FIELDS:
        raise RequestRefused("'query' is a table of what is searched for.")
    query = {str(name): value for name, value in given.items() if isinstance(value, str)}
    if len(query) != len(given) or any(len(each) > _LONGEST for pair in query.items() for each in pair):
        raise RequestRefused(f"'query' is a table of texts of at most {_LONGEST} letters.")
    return query
