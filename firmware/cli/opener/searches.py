"""The opener's routes for searches: asked by the page before it shows what it found, and for those that people keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.saved_searches import SavedSearchTable
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.opener.composition import Office
from firmware.core.home import Home
from firmware.core.retention import Period
from firmware.ports.clock import Clock
from firmware.services.old_searches import OldSearches
from firmware.services.saved_searches import SavedSearches
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


def saved_search_routes(home: Home, office: SearchingOffice, clock: Clock) -> dict[str, Handler]:
    """The token comes as ``Authorization: Bearer``; a search's ``query`` is as above."""
    saved = SavedSearches(office, SavedSearchTable(home.catalogue), clock)

    def mine(request: Request) -> Mapping[str, Any]:
        return {"searches": [{"name": each.name, "query": dict(each.query)} for each in saved.mine(request.token)]}

    def save(request: Request) -> Mapping[str, Any]:
        saved.save(request.token, request.text("name", _LONGEST), _query(request.body.get("query")))
        return {}

    def delete(request: Request) -> Mapping[str, Any]:
        saved.delete(request.token, request.text("name", _LONGEST))
        return {}

    return {"GET /searches": mine, "POST /searches": save, "POST /searches/delete": delete}


def old_searches(home: Home, office: Office, clock: Clock) -> OldSearches:
    """What the opener looks after by itself. They are kept as long as what the evidence says of them."""
    needs, store = office.needs, SavedSearchTable(home.catalogue)
    period, zone = Period(years=needs.evidence_details_years), ZoneInfo(needs.timezone)
    return OldSearches(office.people.people, store, office.opener.enter_soon, clock, period, zone)


def _query(given: object) -> dict[str, str]:
    if not isinstance(given, dict) or len(given) > _MOST_FIELDS:
        raise RequestRefused("'query' is a table of what is searched for.")
    query = {str(name): value for name, value in given.items() if isinstance(value, str)}
    if len(query) != len(given) or any(len(each) > _LONGEST for pair in query.items() for each in pair):
        raise RequestRefused(f"'query' is a table of texts of at most {_LONGEST} letters.")
    return query
