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
from webui.access.gatekeeper import Gatekeeper, allowed, signed_in, visitor
from webui.access.opener import Opener, Visitor
from webui.access.views import access_views
from webui.config import WebConfig
from webui.desk.desk_door import DeskDoor
from webui.desk.views import desk_pairing_views, desk_views
from webui.error_pages import explain_errors
from webui.health.views import health_views
from webui.help.views import help_views
from webui.live_calls.call_feed import CallFeed
from webui.live_calls.views import live_call_views
from webui.recordings.catalogue import Catalogue
from webui.recordings.listening import Listening
from webui.recordings.listening_room import ListeningRoom
from webui.recordings.opened_calls import OpenedCalls
from webui.recordings.search_desk import SearchDesk
from webui.recordings.views import recording_views
from webui.requests.request_desk import RequestDesk
from webui.requests.views import request_views
from webui.security_headers import guard_headers

_PATIENCE_S = 60.0  # signing in takes a second by design, and longer after mistakes
_STATE = "earmark"


@dataclass(frozen=True)
class Page:
    """One entry of the navigation."""

    name: str
    endpoint: str
    waiting: int = 0


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
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which our own pages do not send; see security_headers
    )
    opener_socket = config.home.opener_socket
    opener = Opener(ControlClient(opener_socket), ControlClient(opener_socket, _PATIENCE_S))
    lines, recorder = ControlClient(config.home.lines_socket), ControlClient(config.home.recorder_socket)
    room = ListeningRoom(_now_ms)
    feed = CallFeed(lines, recorder)
    catalogue = Catalogue(config.home.catalogue)
    app.extensions[_STATE] = _Running(feed, room, catalogue)
    door = DeskDoor(ControlClient(opener_socket), config.tls)
    gatekeeper = Gatekeeper(opener, room, door, config.tls)

    guard_headers(app, config.host_names)
    CSRFProtect(app)
    gatekeeper.guard(app)
    explain_errors(app)
    app.register_blueprint(access_views(opener, gatekeeper))
    desk = RequestDesk(ControlClient(opener_socket))
    listening = Listening(config.home, catalogue, opener, room)
    searches = SearchDesk(ControlClient(opener_socket))
    app.register_blueprint(recording_views(catalogue, listening, OpenedCalls(desk), searches, config.zone))
    app.register_blueprint(request_views(desk, catalogue, config.zone))
    app.register_blueprint(live_call_views(feed, lines, gatekeeper, config.zone))
    app.register_blueprint(desk_views(feed, lines, door))
    app.register_blueprint(desk_pairing_views(door))
    app.register_blueprint(
        health_views(lines, recorder, ControlClient(opener_socket), ControlClient(config.home.keeper_socket))
    )
    app.register_blueprint(help_views())
    _add_home(app)
    _add_pages(app, config, desk)
    _add_wording(app, config)
    return app


def close_app(app: Flask) -> None:
    """End the streams and drop what was unsealed."""
    running = cast(_Running, app.extensions[_STATE])
    running.feed.close()
    running.room.close()
    running.catalogue.close()


def _add_home(app: Flask) -> None:
    @app.get("/")
    @signed_in
    def home() -> ResponseReturnValue:
        return redirect(url_for(_pages(visitor())[0].endpoint), 303)


def _pages(who: Visitor, waiting: int = 0) -> list[Page]:
    """The pages this visitor may have, the first being where they land. ``waiting``: requests for them to decide."""
    if allowed(who, Action.SEE_RECORDINGS):
        shown = [Page("Calls", "recordings.list_calls")]
    else:
        shown = [Page("In progress", "live_calls.page")] if allowed(who, Action.SEE_HEALTH) else []
    if allowed(who, Action.REQUEST_ACCESS) or allowed(who, Action.SEE_REQUESTS):
        shown.append(Page("Requests", "requests.page", waiting))
    if allowed(who, Action.SEE_HEALTH):
        shown.append(Page("Health", "health.page"))
    if allowed(who, Action.PAIR_DESKS):
        shown.append(Page("Desks", "desks.page"))
    return [*shown, Page("Help", "help.page")]


def _add_pages(app: Flask, config: WebConfig, desk: RequestDesk) -> None:
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
        pages = _pages(who, waiting_for(who)) if who else []
        return {"visitor": who, "pages": pages, "office": config.office, "zone": config.zone}


def _add_wording(app: Flask, config: WebConfig) -> None:
    zone = config.zone

    def today_heading(moment: datetime) -> str:
        return wording.day_heading(wording.local_day(moment, zone), wording.local_day(datetime.now(zone), zone))

    app.jinja_env.filters.update(
        local_time=lambda moment: wording.local_time(moment, zone),
        day_name=today_heading,
        moment=lambda unix_ms: datetime.fromtimestamp(unix_ms / 1000, UTC),
        length_of=wording.length,
        spoken_length=wording.spoken_length,
        lost=wording.lost,
        stretches=lambda stretches: json.dumps([asdict(each) for each in stretches]),
        network_loss=network_loss_lines,
        prompt_name=wording.prompt_name,
        party_phrase=wording.party_phrase,
        sentence=wording.sentence,
        state_name=lambda state: wording.STATES.get(state, state),
        state_meaning=lambda state: wording.STATE_MEANINGS.get(state, ""),
        direction_name=lambda direction: wording.DIRECTIONS.get(direction, direction),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
