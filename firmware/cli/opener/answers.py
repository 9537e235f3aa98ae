"""Everything that the opener answers."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from firmware.adapters.control.server import Handler
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener.audit import audit_routes
from firmware.cli.opener.box import box_act_routes
from firmware.cli.opener.call_log import call_log_routes
from firmware.cli.opener.cases import case_routes
from firmware.cli.opener.composition import Office
from firmware.cli.opener.desks import desk_routes
from firmware.cli.opener.duties import duty_routes
from firmware.cli.opener.health import health_routes
from firmware.cli.opener.holds import keeping_routes
from firmware.cli.opener.keys import KeyServices, key_routes
from firmware.cli.opener.notes import note_routes
from firmware.cli.opener.opening import opening_routes
from firmware.cli.opener.people import people_routes
from firmware.cli.opener.programs import program_routes
from firmware.cli.opener.redactions import redaction_routes
from firmware.cli.opener.refusals import telling_refusals
from firmware.cli.opener.reports import report_routes
from firmware.cli.opener.requests import request_routes
from firmware.cli.opener.retention import retention_routes
from firmware.cli.opener.searches import saved_search_routes, search_routes
from firmware.cli.opener.set_up import set_up_routes
from firmware.cli.opener.settings import settings_routes
from firmware.cli.opener.signing import signing_routes
from firmware.core.home import Home
from firmware.services.access_requests import AccessRequests


def opener_answers(home: Home, office: Office, requests: AccessRequests, keys: KeyServices) -> dict[str, Handler]:
    """All routes by name. Whoever is refused by one is told of in the evidence."""
    service, clock, zone = office.opener, SystemClock(), ZoneInfo(office.needs.timezone)
    answers = {**opening_routes(service), **people_routes(office), **desk_routes(home, service)}
    answers |= request_routes(requests) | search_routes(service, clock) | note_routes(home, service, clock)
    answers |= saved_search_routes(home, service, clock) | keeping_routes(home, service, clock, zone)
    answers |= redaction_routes(home, service, clock) | case_routes(home, service, clock, zone)
    answers |= retention_routes(home, service, clock, office.needs)
    answers |= audit_routes(home, service, office.people, clock) | key_routes(home, keys)
    answers |= program_routes(home, service, clock) | signing_routes(home, service, office.needs.office)
    answers |= call_log_routes(home, service, clock) | health_routes(home, service, clock) | box_act_routes(service)
    answers |= duty_routes(home, service, office.people, clock, zone)
    answers |= settings_routes(home, service, clock)
    answers |= report_routes(home, service, clock, zone) | set_up_routes(home, service, clock)
    return telling_refusals(answers, service, clock)
