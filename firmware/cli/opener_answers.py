"""Everything that the opener answers."""

from __future__ import annotations

from firmware.adapters.control.server import Handler
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener_audit import audit_routes
from firmware.cli.opener_box import box_act_routes
from firmware.cli.opener_call_log import call_log_routes
from firmware.cli.opener_cases import case_routes
from firmware.cli.opener_composition import Office
from firmware.cli.opener_desks import desk_routes
from firmware.cli.opener_health import health_routes
from firmware.cli.opener_holds import keeping_routes
from firmware.cli.opener_keys import KeyServices, key_routes
from firmware.cli.opener_notes import note_routes
from firmware.cli.opener_opening import opening_routes
from firmware.cli.opener_people import people_routes
from firmware.cli.opener_redactions import redaction_routes
from firmware.cli.opener_refusals import telling_refusals
from firmware.cli.opener_requests import request_routes
from firmware.cli.opener_retention import retention_routes
from firmware.cli.opener_searches import search_routes
from firmware.core.home import Home
from firmware.services.access_requests import AccessRequests


def opener_answers(home: Home, office: Office, requests: AccessRequests, keys: KeyServices) -> dict[str, Handler]:
    """All routes by name. Whoever is refused by one is told of in the evidence."""
    service, clock = office.opener, SystemClock()
    answers = {**opening_routes(service), **people_routes(office), **desk_routes(home, service)}
    answers |= request_routes(requests) | search_routes(service, clock) | note_routes(home, service, clock)
    answers |= keeping_routes(home, service, clock) | retention_routes(home, service, clock)
    answers |= redaction_routes(home, service, clock) | case_routes(home, service, clock)
    answers |= audit_routes(home, service, office.people, clock) | key_routes(home, keys)
    answers |= call_log_routes(home, service, clock) | health_routes(home, service, clock) | box_act_routes(service)
    return telling_refusals(answers, service, clock)
