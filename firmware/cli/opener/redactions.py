"""The opener's route for redactions: asked by the page, which seals the revision, before it has the keys."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from firmware.adapters.catalogue.holds import KeepingTables
from firmware.adapters.catalogue.redactions import RedactionOrders
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.home import Home
from firmware.core.typed_spans import MOST_SPANS, SpanMs
from firmware.ports.clock import Clock
from firmware.services.redactions import OpeningOffice, Redactions


def redaction_routes(home: Home, office: OpeningOffice, clock: Clock) -> dict[str, Handler]:
    """The token comes as ``Authorization: Bearer``; ``spans`` are pairs of milliseconds."""
    redactions = Redactions(office, KeepingTables(home.catalogue), RedactionOrders(home.catalogue), clock)

    def order(request: Request) -> Mapping[str, Any]:
        spans, because = _spans(request), request.text("because")
        ordered = redactions.order(request.token, request.parameters["recording_id"], spans, because)
        keys = [{"segment": key.segment, "key": b64encode(key.key).decode("ascii")} for key in ordered.keys]
        return {"revision_id": ordered.revision_id, "keys": keys}

    return {"POST /recordings/{recording_id}/redact": order}


def _spans(request: Request) -> list[SpanMs]:
    given = request.body.get("spans") if isinstance(request.body, dict) else None
    if not isinstance(given, list) or not 0 < len(given) <= MOST_SPANS:
        raise RequestRefused("'spans' is a list of pairs of milliseconds.")
    for each in given:
        if not (isinstance(each, list) and len(each) == 2 and all(isinstance(moment, int) for moment in each)):
            raise RequestRefused("'spans' is a list of pairs of milliseconds.")
    return [(start, end) for start, end in given]
