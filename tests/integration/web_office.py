"""An office with real people, keys and control sockets, and the page over it: for tests of the page."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.control.event_feed import Event, EventFeed
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.server import ControlServer, Handler, Request
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.demo.office import demo_settings
from firmware.cli.opener.answers import opener_answers
from firmware.cli.opener.composition import compose_office, ground_of
from firmware.cli.opener.keys import compose_keys
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.opener.requests import access_requests
from firmware.cli.set_up.making import set_up_office
from firmware.cli.web.page_settings import OfficeInSettings
from firmware.config.loader import load_settings
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord, Direction, Notice, Party
from firmware.core.errors import ActionRefused, NoSuchCall
from firmware.core.home import Home
from firmware.core.lines_instance import LinesInstance
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from tests.integration.further_people import let_sign_in_quickly
from webui import WebConfig, create_app
from webui.application import close_app

LISTENER = "alex"
ADMINISTRATOR = "sam"
NUMBER = "02079460123"
CALLER = Party(NUMBER)


class Heart:
    """Publishes heartbeats to whatever feed there is, as every process does (more often, so that tests are quick)."""

    def __init__(self, feed: Callable[[], EventFeed]) -> None:
        self._feed = feed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stopped.wait(0.2):
            self._feed().publish("heartbeat", {})


@dataclass
class RecorderSide:
    """The recorder's control socket: takes evidence, tells its health, says when a recording changes."""

    evidence: list[Mapping[str, Any]] = field(default_factory=list)
    feed: EventFeed = field(default_factory=EventFeed)

    def routes(self) -> dict[str, Any]:
        return {"POST /evidence": self._enter, "POST /evidence/erased": self._erased, "GET /health": self._health}

    def kinds(self) -> list[str]:
        return [str(entry["kind"]) for entry in self.evidence]

    def _enter(self, request: Request) -> Mapping[str, Any]:
        self.evidence.append(request.body)
        return {"line": len(self.evidence)}

    def _erased(self, request: Request) -> Mapping[str, Any]:
        self.evidence += [{"kind": "recording-erased", "subject": each} for each in request.body["recordings"]]
        return {}

    def _health(self, request: Request) -> Mapping[str, Any]:
        return {"state": "ok", "recordings": [], "free_bytes": 412_000_000_000, "lost_samples": 0}


class LinesSide:
    """The lines process's control socket, with calls a test makes and ends; stops and starts as the process does."""

    def __init__(self, home: Home, instance: LinesInstance = "sip") -> None:
        self._socket = home.lines_socket_of(instance)
        self._calls: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._feed = EventFeed()
        self._server: ControlServer | None = None
        self._heart = Heart(lambda: self._feed)
        #: What was asked of calls: the call or extension, the action, and by whom.
        self.asked: list[tuple[str, str, Mapping[str, str]]] = []
        #: Whether everything that is asked is refused.
        self.refuse = False

    def start(self) -> None:
        self._feed = EventFeed(greeting=lambda: [Event("call", call) for call in self._calls.copy().values()])
        answers: dict[str, Any] = {
            "GET /calls": lambda request: {"calls": list(self._calls.copy().values())},
            "GET /health": self._health,
            "POST /calls/{call_id}/{action}": self._ask_call,
            "POST /extensions/{extension}/{action}": self._ask_extension,
        }
        self._server = ControlServer(self._socket, answers, feed=self._feed)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def close(self) -> None:
        self._heart.stop()
        self.stop()

    def call(self, call_id: str, **changes: Any) -> None:
        with self._lock:
            call = self._calls.setdefault(call_id, new_call(call_id))
            call.update(changes)
            told = dict(call)
            if told["state"] == "ended":
                del self._calls[call_id]
        self._feed.publish("call", told)

    def _ask_call(self, request: Request) -> Mapping[str, Any]:
        call_id, action = request.parameters["call_id"], request.parameters["action"]
        self.asked.append((call_id, action, request.body))
        if call_id not in self._calls:
            raise NoSuchCall("There is no such call; it may have just ended.")
        return {"call": self._steer(call_id, action)}

    def _ask_extension(self, request: Request) -> Mapping[str, Any]:
        extension, action = request.parameters["extension"], request.parameters["action"]
        self.asked.append((extension, action, request.body))
        theirs = [call_id for call_id, call in self._calls.items() if call["extension"] == extension]
        if not theirs:
            raise NoSuchCall(f"Extension {extension} has no call now.")
        return {"calls": [self._steer(call_id, action) for call_id in theirs]}

    def _steer(self, call_id: str, action: str) -> Mapping[str, Any]:
        if self.refuse or action not in self._calls[call_id]["actions"]:
            raise ActionRefused("This call is always recorded and may not be paused.")
        now_ms = time.time_ns() // 1_000_000
        rest = {"remind", "told"} & set(self._calls[call_id]["actions"])
        changes: dict[str, dict[str, Any]] = {
            "pause": {"paused": True, "paused_at_ms": now_ms, "resumes_at_ms": now_ms + 180_000},
            "resume": {"paused": False, "paused_at_ms": None, "resumes_at_ms": None},
            "start": {"recording": True, "recording_id": "01" * 16},
            "remind": {"playing": [{"prompt": "reminder", "to": "far_party"}], "tags": ["reminder given"]},
            "told": {"tags": ["told caller"]},
        }
        then = {"pause": {"resume"}, "resume": {"pause"}, "start": {"pause", "remind"}}
        self.call(call_id, **changes[action])
        if action in then:
            self.call(call_id, actions=sorted(then[action] | rest))
        return self._calls[call_id]

    def _health(self, request: Request) -> Mapping[str, Any]:
        line: dict[str, Any] = {"name": "main", "kind": "sip", "state": "working", "registered": None, "attention": []}
        return {"state": "working", "lines": [line], "recorder_connected": True, "calls": len(self._calls)}


def new_call(call_id: str) -> dict[str, Any]:
    """A call as lines tells it."""
    now = time.time_ns() // 1_000_000
    return {
        "call_id": call_id,
        "recording_id": None,
        "line": "main",
        "direction": "inbound",
        "far_party": NUMBER,
        "office_party": "201",
        "state": "ringing",
        "started_at_ms": now,
        "connected_at_ms": None,
        "emergency": False,
        "mode": "pausable",
        "decided_by": "line main: recorded, with pause and resume",
        "extension": "201",
        "recording": False,
        "paused": False,
        "paused_at_ms": None,
        "resumes_at_ms": None,
        "actions": [],
        "notice": None,
        "playing": [],
        "tags": [],
        "end_cause": None,
    }


def recorded(**changes: Any) -> dict[str, Any]:
    """How a call is told once its parties talk and are recorded."""
    now = time.time_ns() // 1_000_000
    return {
        "state": "connected",
        "connected_at_ms": now,
        "recording": True,
        "recording_id": "01" * 16,
        "actions": ["pause", "remind", "told"],
        **changes,
    }


def new_record(
    started_at: datetime | None = None,
    far: Party = CALLER,
    office: str = "201",
    direction: Direction = "inbound",
    line: str = "main",
) -> CallRecord:
    """The record of a call that was told of the recording."""
    at = round((started_at or datetime.now(UTC)).timestamp() * 1000)
    return CallRecord(
        recording_id=recording_id(at, os.urandom(RANDOM_BYTES)),
        call_id=f"call-{at}",
        line=line,
        direction=direction,
        far_party=far,
        office_party=Party(office),
        started_at_ms=at,
        decided_by="mode of line main: always",
        notice=Notice("call-recorded", "far_party", at, at + 9000, completed=True),
        end_cause="caller hung up",
    )


@dataclass
class WebOffice:
    """Everything around the page, and the page."""

    home: Home
    pass_phrases: Mapping[str, str] = field(repr=False)
    app: Flask
    recorder: RecorderSide
    lines: LinesSide
    opener: ControlServer
    recorder_socket: ControlServer
    #: The names of all that the opener answers.
    routes: frozenset[str]

    def browser(self) -> FlaskClient:
        """Somebody who is not signed in."""
        browser = self.app.test_client()
        browser.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
        return browser

    def signed_in(self, name: str = LISTENER) -> FlaskClient:
        browser = self.browser()
        answer = sign_in(browser, name, self.pass_phrases[name])
        assert answer.status_code == 303, answer.text
        return browser


def form_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(browser: FlaskClient, name: str, pass_phrase: str, next_page: str = "") -> TestResponse:
    token = form_token(browser.get("/sign-in"))
    return browser.post(
        "/sign-in", data={"csrf_token": token, "user": name, "password": pass_phrase, "next": next_page}
    )


def open_recording(browser: FlaskClient, recording: str, purpose: str = "complaint 4711") -> TestResponse:
    token = form_token(browser.get(f"/calls/{recording}"))
    return browser.post(f"/calls/{recording}/listen", data={"csrf_token": token, "purpose": purpose})


@cache
def _fresh_office() -> tuple[Path, Mapping[str, str]]:
    """An office just set up, made once for all tests: keys take a second to make."""
    folder = Path(tempfile.mkdtemp(prefix="earmark-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    people = ((ADMINISTRATOR, Role.ADMINISTRATOR), (LISTENER, Role.SERVICES_MANAGER))
    told = set_up_office(Home(folder / "home"), demo_settings(), people, datetime.now(UTC))
    phrases = {person.name: person.pass_phrase for person in told.people}
    let_sign_in_quickly(Home(folder / "home"), phrases)
    return folder / "home", phrases


def _require(home: Home, second_factor: str) -> None:
    settings = SettingsFile(home.settings_file)
    document = settings.read()
    settings.replace(document | {"sign_in": document["sign_in"] | {"second_factor": second_factor}})


@contextmanager
def web_office(
    folder: Path,
    *,
    tls: bool = False,
    keeper_of: Callable[[Home], Mapping[str, Handler]] = lambda home: {},
    second_factor: str = "offered",
) -> Iterator[WebOffice]:
    """An office with a listener and an administrator, its sockets served, its page made.

    ``keeper_of`` makes what the keeper answers, if a test needs more of it than that it is well.
    """
    fresh, pass_phrases = _fresh_office()
    shutil.copytree(fresh, folder / "home")
    home = Home(folder / "home")
    _require(home, second_factor)
    recorder, lines = RecorderSide(), LinesSide(home)
    needs = OpenerNeeds.of(load_settings(SettingsFile(home.settings_file)))
    parts = compose_office(home, RecorderEvidenceDesk(home.recorder_socket), ground_of(home, needs))
    service = parts.opener
    keys = compose_keys(home, parts, RecorderEvidenceDesk(home.recorder_socket))
    answers = opener_answers(home, parts, access_requests(home, service, SystemClock()), keys)
    opener = ControlServer(home.opener_socket, answers)
    recorder_socket = ControlServer(home.recorder_socket, recorder.routes(), feed=recorder.feed)
    named = NamedInstances(home.settings_file)
    facts = OfficeInSettings(home.settings_file)
    app = create_app(
        WebConfig(home=home, office="Demonstration office", tls=tls, lines_named=named, office_facts=facts)
    )
    heart = Heart(lambda: recorder.feed)
    well: dict[str, Handler] = {
        "GET /health": lambda request: {"state": "ok", "tasks": []},
        "GET /findings": lambda request: {"findings": [], "checks": [], "waiting": 0},
    }
    keeper = ControlServer(home.keeper_socket, well | dict(keeper_of(home)))
    recorder_socket.start()
    parts.watch.look()  # as the process does when it starts
    recorder.evidence.clear()
    opener.start()
    keeper.start()
    lines.start()
    try:
        yield WebOffice(home, pass_phrases, app, recorder, lines, opener, recorder_socket, frozenset(answers))
    finally:
        close_app(app)
        heart.stop()
        lines.close()
        keeper.stop()
        opener.stop()
        recorder_socket.stop()
        service.end_all()
