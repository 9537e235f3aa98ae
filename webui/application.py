"""The composition of the page: what there is, who needs what, in one place."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import Flask, g, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.utils import redirect

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from firmware.core.errors import EarmarkError
from firmware.core.packet_loss import network_loss_lines
from webui import wording
from webui.access.account_desk import AccountDesk
from webui.access.account_views import account_views
from webui.access.factor_views import set_up_views
from webui.access.gatekeeper import Gatekeeper, allowed, signed_in, visitor
from webui.access.half_way import HalfWay
from webui.access.joining_views import joining_views
from webui.access.opener import Opener, Visitor
from webui.access.reception import Reception
from webui.access.turns import Turns
from webui.access.views import access_views
from webui.audit.audit_desk import AuditDesk
from webui.audit.views import audit_views
from webui.call_log.call_log_desk import CallLogDesk
from webui.call_log.views import call_log_views
from webui.cases.bundle import BundleMaker
from webui.cases.case_desk import CaseDesk
from webui.cases.logged_calls import PersonLog
from webui.cases.papers import PAPERS
from webui.cases.views import CasePages, case_views
from webui.certificate.certificate_desk import CertificateDesk
from webui.certificate.views import certificate_views
from webui.config import WebConfig
from webui.desk.desk_door import DeskDoor
from webui.desk.views import desk_pairing_views, desk_views
from webui.disk.disk_desk import DiskDesk
from webui.disk.views import disk_views
from webui.error_pages import explain_errors
from webui.health.metrics import BoxPrograms, metrics_views
from webui.health.views import health_views
from webui.help.views import help_views
from webui.holds.keeping_desk import KeepingDesk
from webui.holds.retention_desk import RetentionDesk
from webui.holds.views import hold_views
from webui.live_calls.call_feed import CallFeed
from webui.live_calls.lines import Lines
from webui.live_calls.views import live_call_views
from webui.navigation import navigation, pages_for
from webui.own_calls.views import own_call_views
from webui.people.people_desk import PeopleDesk, Recipients
from webui.people.views import people_views
from webui.recordings.call_notes import CallNotes
from webui.recordings.catalogue import Catalogue
from webui.recordings.listening import Listening
from webui.recordings.listening_room import ListeningRoom
from webui.recordings.opened_calls import OpenedCalls
from webui.recordings.redacting import Redacting
from webui.recordings.search_desk import SearchDesk
from webui.recordings.views import recording_views
from webui.requests.request_desk import RequestDesk
from webui.requests.views import request_views
from webui.security_headers import guard_headers
from webui.sent_files import make_room
from webui.updates.sent_update import UpdateShelf, room_for_updates
from webui.updates.update_desk import UpdateDesk
from webui.updates.views import update_views

_DISK_PATIENCE_S = 120.0  # a file system may have to be checked first
_PATIENCE_S = 60.0  # signing in takes a second by design, and longer after mistakes
_STATE = "earmark"
_FORM_BYTES = 64 * 1024


@dataclass(frozen=True)
class _Running:
    """What lives as long as the app and must be let go."""

    feed: CallFeed
    room: ListeningRoom
    catalogue: Catalogue


def create_app(config: WebConfig) -> Flask:
    """The page as a WSGI app. It opens nothing until the first request; :func:`close_app` lets everything go."""
    app = Flask("webui", root_path=str(config.package))
    app.config.update(
        # Made anew at each start: it signs form tokens only. Who is signed in is the opener's to say.
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="__Host-earmark-form" if config.tls else "earmark-form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=config.tls,
        MAX_CONTENT_LENGTH=_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which our own pages do not send; see security_headers
    )
    opener_socket = config.home.opener_socket
    asked, patient = ControlClient(opener_socket), ControlClient(opener_socket, _PATIENCE_S)
    opener = Opener(asked, patient)
    lines, recorder = Lines(config.home, config.lines_named), ControlClient(config.home.recorder_socket)
    room = ListeningRoom(_now_ms)
    feed = CallFeed(lines, recorder)
    catalogue = Catalogue(config.home)
    app.extensions[_STATE] = _Running(feed, room, catalogue)
    door = DeskDoor(ControlClient(opener_socket), config.tls)
    gatekeeper = Gatekeeper(opener, room, door, config.tls)

    guard_headers(app, config.host_names)
    updates = UpdateShelf(config.home.sent_update)
    make_room(app, CSRFProtect(app), {"cases.attach": PAPERS, "updates.send": room_for_updates(updates)})
    gatekeeper.guard(app)
    explain_errors(app)
    _add_coming_and_going(app, asked, patient, gatekeeper, config.tls)
    people = PeopleDesk(asked, patient)
    app.register_blueprint(people_views(people))
    desk = RequestDesk(asked)
    listening = Listening(config.home, catalogue, opener, room)
    searches = SearchDesk(ControlClient(opener_socket))
    keeper = ControlClient(config.home.keeper_socket, _PATIENCE_S)
    notes = CallNotes(config.home.catalogue, ControlClient(opener_socket, _PATIENCE_S))
    redacting = Redacting(config.home, listening, ControlClient(opener_socket, _PATIENCE_S), keeper)
    app.register_blueprint(
        recording_views(catalogue, listening, OpenedCalls(desk, opener), searches, redacting, notes, config.zone)
    )
    cases = CaseDesk(ControlClient(opener_socket, _PATIENCE_S))
    maker = BundleMaker(cases, listening, config.office, config.zone)
    app.register_blueprint(
        case_views(CasePages(cases, catalogue, maker, config.zone), PersonLog(ControlClient(opener_socket)))
    )
    app.register_blueprint(own_call_views(catalogue, config.zone))
    call_log = CallLogDesk(config.home, ControlClient(opener_socket))
    app.register_blueprint(call_log_views(call_log, catalogue, config.zone))
    app.register_blueprint(request_views(desk, catalogue, config.zone))
    app.register_blueprint(hold_views(KeepingDesk(asked), RetentionDesk(asked), catalogue, config.zone))
    app.register_blueprint(live_call_views(feed, lines, gatekeeper, config.zone))
    app.register_blueprint(desk_views(feed, lines, door))
    app.register_blueprint(desk_pairing_views(door))
    app.register_blueprint(
        health_views(lines, recorder, ControlClient(opener_socket), ControlClient(config.home.keeper_socket))
    )
    programs = BoxPrograms(lines, recorder, ControlClient(opener_socket), ControlClient(config.home.keeper_socket))
    app.register_blueprint(metrics_views(programs, config.metrics_token_sha256))
    app.register_blueprint(audit_views(AuditDesk(patient), config.zone))
    app.register_blueprint(disk_views(DiskDesk(ControlClient(config.home.box_socket, _DISK_PATIENCE_S))))
    app.register_blueprint(update_views(UpdateDesk(ControlClient(config.home.box_socket, _PATIENCE_S)), updates))
    app.register_blueprint(help_views())
    certificates = CertificateDesk(config.home, ControlClient(opener_socket), config.page_names)
    app.register_blueprint(certificate_views(certificates, config.office))
    _add_home(app)
    _add_pages(app, config, desk, people)
    _add_wording(app, config)
    return app


def _add_coming_and_going(
    app: Flask, asked: ControlClient, patient: ControlClient, gatekeeper: Gatekeeper, tls: bool
) -> None:
    reception, account, turns = Reception(asked, patient), AccountDesk(asked, patient), Turns()
    half_way = HalfWay(reception, gatekeeper, tls)
    app.register_blueprint(access_views(reception, gatekeeper, half_way, turns))
    app.register_blueprint(set_up_views(account, half_way, turns))
    app.register_blueprint(joining_views(reception, turns))
    app.register_blueprint(account_views(account, gatekeeper, turns))


def close_app(app: Flask) -> None:
    """End the streams and drop what was unsealed. The page of a box that is not set up has neither."""
    running = cast(_Running | None, app.extensions.get(_STATE))
    if running is None:
        return
    running.feed.close()
    running.room.close()
    running.catalogue.close()


def _add_home(app: Flask) -> None:
    @app.get("/")
    @signed_in
    def home() -> ResponseReturnValue:
        return redirect(url_for(pages_for(visitor())[0].endpoint), 303)


def _add_pages(app: Flask, config: WebConfig, desk: RequestDesk, people: PeopleDesk) -> None:
    def recipients() -> Recipients | None:
        try:
            return people.recipients()
        except EarmarkError:  # the page says that it cannot be told
            return None

    def waiting_for(who: Visitor) -> int:
        if not allowed(who, Action.DECIDE_REQUESTS):
            return 0
        try:
            return desk.waiting(who)
        except EarmarkError:  # the page that is being drawn says more about it than a number beside a word
            return 0

    @app.context_processor
    def for_every_page() -> dict[str, Any]:
        who: Visitor | None = g.get("visitor")
        if who is None:
            return {"visitor": None, "office": config.office, "zone": config.zone}
        return {
            "visitor": who,
            "navigation": navigation(pages_for(who, waiting_for(who))),
            "recipients": recipients(),
            "sees_people": allowed(who, Action.SEE_PEOPLE),
            "now": datetime.now(UTC),
            "office": config.office,
            "zone": config.zone,
        }


def _add_wording(app: Flask, config: WebConfig) -> None:
    zone = config.zone

    def today_heading(moment: datetime) -> str:
        return wording.day_heading(wording.local_day(moment, zone), wording.local_day(datetime.now(zone), zone))

    app.jinja_env.filters.update(
        local_time=lambda moment: wording.local_time(moment, zone),
        day_name=today_heading,
        plain_day=lambda moment: wording.plain_day(wording.local_day(moment, zone), datetime.now(zone).date()),
        moment=lambda unix_ms: datetime.fromtimestamp(unix_ms / 1000, UTC),
        length_of=wording.length,
        spoken_length=wording.spoken_length,
        lost=wording.lost,
        stretches=lambda stretches: json.dumps([asdict(each) for each in stretches]),
        network_loss=network_loss_lines,
        prompt_name=wording.prompt_name,
        party_phrase=wording.party_phrase,
        sentence=wording.sentence,
        size=wording.size,
        state_name=lambda state: wording.STATES.get(state, state),
        state_meaning=lambda state: wording.STATE_MEANINGS.get(state, ""),
        direction_name=lambda direction: wording.DIRECTIONS.get(direction, direction),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
