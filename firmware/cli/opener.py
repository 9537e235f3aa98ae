"""``earmark opener``: the process that holds listeners' unlocked keys while they are signed in."""

from __future__ import annotations

import logging
import os
import signal
import threading
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import click

from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer, Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.process_memory import forget_what_is_freed, keep_memory_private
from firmware.adapters.store.evidence_looks import lines_of_leavers
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener_audit import audit_routes
from firmware.cli.opener_cases import case_routes
from firmware.cli.opener_composition import Office, compose_office
from firmware.cli.opener_desks import desk_routes
from firmware.cli.opener_holds import keeping_routes
from firmware.cli.opener_keys import compose_keys, key_routes, try_to_finish
from firmware.cli.opener_notes import note_routes
from firmware.cli.opener_people import people_routes
from firmware.cli.opener_redactions import redaction_routes
from firmware.cli.opener_refusals import telling_refusals
from firmware.cli.opener_requests import access_requests, request_routes
from firmware.cli.opener_retention import retention_routes
from firmware.cli.opener_searches import search_routes
from firmware.core.access_policy import OPENING, Action
from firmware.core.home import Home
from firmware.core.leavers import ABOUT
from firmware.services.named_cases import NamedCase
from firmware.services.opener import Opener
from firmware.services.opener_sessions import Session
from firmware.services.returned_leavers import withdraw_returned_leavers

_LOG = logging.getLogger(__name__)
_ROUND_S = 2.0
_LONGEST_CASE = 200
_THREAD_STACK_BYTES = 1 << 20


@click.command()
@click.pass_obj
def opener(home: Home) -> None:
    """Run the process that signs people in and opens one recording at a time for them."""
    forget_what_is_freed()
    threading.stack_size(_THREAD_STACK_BYTES)  # with all memory locked, a thread's whole stack is resident
    keep_memory_private(overwrite_freed=True)
    office = compose_office(home, RecorderEvidenceDesk(home.recorder_socket))
    service = office.opener
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    requests = access_requests(home, service, SystemClock())
    office.desk.ends_too(requests.end_for_person)
    answers = {**routes(service), **people_routes(office), **desk_routes(home, service), **request_routes(requests)}
    answers |= keeping_routes(home, service, SystemClock()) | retention_routes(home, service, SystemClock())
    answers |= audit_routes(home, service, office.people, SystemClock())
    answers |= search_routes(service, SystemClock())
    answers |= redaction_routes(home, service, SystemClock())
    answers |= case_routes(home, service, SystemClock()) | note_routes(home, service, SystemClock())
    keys = compose_keys(home, office, RecorderEvidenceDesk(home.recorder_socket))
    answers |= key_routes(home, keys)
    finished = False
    _withdraw_who_came_back(home, office)
    answers = telling_refusals(answers, service, SystemClock())
    with ControlServer(home.opener_socket, answers, allow=these_users("earmark-web", "earmark-keeper")):
        office.watch.look()  # a restore, or somebody at the files, may have changed who can listen
        _LOG.info("ready on %s", home.opener_socket)
        notify.ready()
        while not stop.wait(_ROUND_S):
            service.drop_expired()
            requests.end_due()
            finished = finished or try_to_finish(keys)
            notify.watchdog()
    notify.stopping()
    service.end_all()


def _withdraw_who_came_back(home: Home, office: Office) -> None:
    """A people file that was put back from an older copy holds people who have left since."""
    returned = withdraw_returned_leavers(office.people, lines_of_leavers(home.evidence), SystemClock().wall_ms())
    for person in returned:
        _LOG.error("%s had left and was among the people again: their keys are withdrawn", person.person_id)
        office.opener.enter_soon("leaver-withdrawn", {ABOUT: person.person_id}, {"name": person.name})


def routes(service: Opener) -> dict[str, Handler]:
    """What is asked by who is signed in. Tokens may come as ``Authorization: Bearer`` or in the body."""

    def sign_out(request: Request) -> Mapping[str, Any]:
        service.sign_out(_token(request))
        return {}

    def session(request: Request) -> Mapping[str, Any]:
        found = service.session(_token(request), activity=request.query.get("activity") != "no")
        return {**_session_json(found), "case": _case_json(service.case(found))}

    def end_case(request: Request) -> Mapping[str, Any]:
        service.end_case(_token(request))
        return {}

    def open_recording(request: Request) -> Mapping[str, Any]:
        recording_id = request.text("recording_id", 64)
        case = request.text("case", _LONGEST_CASE) if "case" in request.body else ""
        purpose, use = request.text("purpose"), _use(request.text("use"))
        keys = service.open(_token(request), recording_id, purpose, use, case)
        return {
            "recording_id": recording_id,
            "keys": [{"segment": key.segment, "key": b64encode(key.key).decode("ascii")} for key in keys],
        }

    def health(_: Request) -> Mapping[str, Any]:
        return {"state": "ok", "signed_in": service.signed_in, "pid": os.getpid()}

    return {
        "POST /sign-out": sign_out,
        "GET /session": session,
        "POST /open": open_recording,
        "POST /case/end": end_case,
        "GET /health": health,
    }


def _token(request: Request) -> str:
    return request.token or request.text("token")


def _use(text: str) -> Action:
    for action in OPENING:
        if action.value == text:
            return action
    raise RequestRefused("'use' is one of listen, download and export.")


def _case_json(running: tuple[NamedCase, int] | None) -> dict[str, Any] | None:
    if running is None:
        return None
    case, left_ms = running
    return {"name": case.name, "purpose": case.purpose, "left_ms": left_ms}


def _session_json(session: Session) -> dict[str, Any]:
    return {
        "person_id": session.person.person_id,
        "extension": session.person.extension,
        "extension_since_ms": session.person.extension_since_ms,
        "user": session.person.name,
        "role": session.person.role.value,
        "expires_at_ms": session.expires_at_ms,
        "session_id": session.session_id,
    }
