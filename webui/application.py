"""The composition of the page: what there is, who needs what, in one place."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import Flask, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.utils import redirect

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from firmware.core.errors import EarmarkError
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
from webui.api.program_desk import ProgramDesk
from webui.api.program_door import ProgramDoor
from webui.api.program_views import program_views
from webui.api.views import api_views
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
from webui.compliance.duty_desk import DutyDesk
from webui.compliance.duty_tasks import duty_source
from webui.compliance.evidence_pack import PackSources
from webui.compliance.paper_views import Printing
from webui.compliance.views import CompliancePages, compliance_views
from webui.config import WebConfig
from webui.desk.desk_door import DeskDoor
from webui.desk.views import desk_pairing_views, desk_views
from webui.disk.disk_desk import DiskDesk
from webui.disk.views import disk_views
from webui.error_pages import explain_errors
from webui.guide.fitting_views import fitting_views
from webui.guide.guide_desk import GuideDesk
from webui.guide.guide_tasks import guide_source
from webui.guide.views import guide_views, is_led
from webui.health.metrics import BoxPrograms, metrics_views
from webui.health.views import health_views
from webui.help.contents import article_for
from webui.help.training_views import training_views
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
from webui.recordings.saved_searches import SavedSearches
from webui.recordings.search_desk import SearchDesk
from webui.recordings.vcon import VconMaker, vcon_views
from webui.recordings.views import recording_views
from webui.reports.report_desk import ReportDesk
from webui.reports.views import report_views
from webui.requests.request_desk import RequestDesk
from webui.requests.views import request_views
from webui.security_headers import guard_headers
from webui.sent_files import make_room
from webui.settings.prompt_desk import PromptDesk
from webui.settings.settings_desk import SettingsDesk
from webui.settings.views import settings_rooms, settings_views
from webui.tasks.sources import Desks
from webui.tasks.to_do import ToDoDesk
from webui.tasks.views import count_anew_after_changes, task_views
from webui.template_filters import add_filters
from webui.translation import translate
from webui.updates.sent_update import UpdateShelf, room_for_updates
from webui.updates.update_desk import UpdateDesk
from webui.updates.views import update_views

_DISK_PATIENCE_S = 120.0  # a file system may have to be checked first
_PATIENCE_S = 60.0  # signing in takes a second by design, and longer after mistakes
_SENDING_PATIENCE_S = 180.0  # a paper is made, and a mail server takes it
_ALERTS_PATIENCE_S = 120.0  # every destination may take a minute to say no
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
    programs = ProgramDoor(ControlClient(opener_socket))
    gatekeeper = Gatekeeper(opener, room, door, programs, config.tls)

    guard_headers(app, config.host_names)
    translate(app)
    updates = UpdateShelf(config.home.sent_update)
    csrf = CSRFProtect(app)
    make_room(app, csrf, {"cases.attach": PAPERS, "updates.send": room_for_updates(updates), **settings_rooms()})
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
    opened, saved = OpenedCalls(desk, opener), SavedSearches(ControlClient(opener_socket))
    app.register_blueprint(
        recording_views(catalogue, listening, opened, searches, saved, redacting, notes, config.zone)
    )
    app.register_blueprint(vcon_views(VconMaker(listening, patient, config.zone)))
    cases = CaseDesk(ControlClient(opener_socket, _PATIENCE_S))
    maker = BundleMaker(cases, listening, config.office, config.zone)
    app.register_blueprint(
        case_views(CasePages(cases, catalogue, maker, desk, config.zone), PersonLog(ControlClient(opener_socket)))
    )
    app.register_blueprint(own_call_views(catalogue, config.zone))
    call_log = CallLogDesk(config.home, ControlClient(opener_socket))
    app.register_blueprint(call_log_views(call_log, catalogue, config.zone))
    app.register_blueprint(request_views(desk, catalogue, config.zone))
    keeping, retention = KeepingDesk(asked), RetentionDesk(asked)
    app.register_blueprint(hold_views(keeping, retention, catalogue, config.zone))
    app.register_blueprint(live_call_views(feed, lines, gatekeeper, config.zone))
    app.register_blueprint(desk_views(feed, lines, door))
    app.register_blueprint(desk_pairing_views(door))
    api = api_views(programs, catalogue, feed, lines)
    csrf.exempt(api)  # a token is sent by no browser unasked
    app.register_blueprint(api)
    app.register_blueprint(program_views(ProgramDesk(asked, keeper), config.zone))
    app.register_blueprint(
        health_views(lines, recorder, ControlClient(opener_socket), ControlClient(config.home.keeper_socket))
    )
    watched = BoxPrograms(lines, recorder, ControlClient(opener_socket), ControlClient(config.home.keeper_socket))
    app.register_blueprint(metrics_views(watched, config.metrics_token_sha256))
    app.register_blueprint(audit_views(AuditDesk(patient), config.zone))
    reports = ReportDesk(config.home, patient, ControlClient(opener_socket, _SENDING_PATIENCE_S), keeper, config.zone)
    app.register_blueprint(report_views(reports, config.office, config.zone))
    duties = DutyDesk(patient, config.office_facts, lambda: _recipients(people), config.zone)
    _add_compliance(app, config, duties, patient)
    app.register_blueprint(disk_views(DiskDesk(ControlClient(config.home.box_socket, _DISK_PATIENCE_S))))
    update_desk = UpdateDesk(ControlClient(config.home.box_socket, _PATIENCE_S))
    app.register_blueprint(update_views(update_desk, updates))
    settings, prompts = SettingsDesk(patient), PromptDesk(patient)
    app.register_blueprint(settings_views(settings, prompts))
    guide = GuideDesk(
        asked, ControlClient(opener_socket, _ALERTS_PATIENCE_S), people, duties, settings, prompts, catalogue
    )
    app.register_blueprint(guide_views(guide))
    app.register_blueprint(fitting_views(guide, lines))
    app.register_blueprint(help_views(config.office_facts))
    app.register_blueprint(training_views(duties))
    certificates = CertificateDesk(config.home, ControlClient(opener_socket), config.page_names)
    app.register_blueprint(certificate_views(certificates, config.office))
    keeper_now = ControlClient(config.home.keeper_socket)
    desks = Desks(desk, cases, keeping, retention, people, call_log, keeper_now, update_desk, config.zone)
    to_do = ToDoDesk(lambda: (guide_source(guide), *desks.sources(), duty_source(duties)), config.zone)
    app.register_blueprint(task_views(to_do))
    count_anew_after_changes(app, to_do)
    _add_home(app, to_do, guide)
    _add_pages(app, config, to_do, people)
    add_filters(app, config.zone)
    return app


def _add_compliance(app: Flask, config: WebConfig, duties: DutyDesk, patient: ControlClient) -> None:
    sources = PackSources(duties, AuditDesk(patient), RetentionDesk(patient), patient, config.zone)
    app.register_blueprint(compliance_views(CompliancePages(duties, Printing(config.office, sources))))


def _recipients(people: PeopleDesk) -> Recipients | None:
    try:
        return people.recipients()
    except EarmarkError:  # the page says that it cannot be told
        return None


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


def _add_home(app: Flask, to_do: ToDoDesk, guide: GuideDesk) -> None:
    @app.get("/")
    @signed_in
    def home() -> ResponseReturnValue:
        who = visitor()
        waits = to_do.is_for(who) and to_do.waiting(who) > 0
        if guide.leads(who):
            return redirect(url_for("guide.page"), 303)
        return redirect(url_for("tasks.page" if waits else pages_for(who)[0].endpoint), 303)


def _add_pages(app: Flask, config: WebConfig, to_do: ToDoDesk, people: PeopleDesk) -> None:
    @app.context_processor
    def for_every_page() -> dict[str, Any]:
        who: Visitor | None = g.get("visitor")
        if who is None:
            return {"visitor": None, "office": config.office, "zone": config.zone}
        return {
            "visitor": who,
            "navigation": navigation(pages_for(who, to_do.waiting(who) if to_do.is_for(who) else None)),
            "recipients": _recipients(people),
            "sees_people": allowed(who, Action.SEE_PEOPLE),
            "now": datetime.now(UTC),
            "help_article": article_for(request.endpoint or ""),
            "office": config.office,
            "from_guide": is_led(),
            "zone": config.zone,
        }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
