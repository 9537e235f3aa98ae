"""Web hooks from a director's page to a machine that takes them: signed, tried again, and without numbers."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.server import Handler
from firmware.adapters.network.own_addresses import is_own_address
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.adapters.web_hooks import http_sender
from firmware.adapters.web_hooks.http_sender import HttpSender
from firmware.cli.keeper.web_hooks import KeeperWebHooks
from firmware.core import hook_queue
from firmware.core.home import Home
from firmware.core.web_hook import signature
from tests.integration.certificate_makers import made
from tests.integration.programs import DIRECTOR, with_director
from tests.integration.recorder_at_work import eventually as holds_within
from tests.integration.web_office import NUMBER, WebOffice, form_token, recorded, web_office


def eventually(condition: Callable[[], object]) -> None:
    holds_within(condition, 20, "it does not come about")


@dataclass
class Taker:
    """A machine that takes messages. ``answers`` are given first, then 204 to all."""

    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None

    def serve(self) -> ThreadingHTTPServer:
        taker = self

        class Handling(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taker.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(taker.answers.pop(0) if taker.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handling)
        if self.tls is not None:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in list(self.taken)]


@pytest.fixture
def taker() -> Iterator[Taker]:
    made = Taker()
    server = made.serve()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebOffice]:
    """With a keeper that sends, to this machine as well; pauses are short."""
    monkeypatch.setattr(hook_queue, "AGAIN_AFTER_S", (0.05,) * 8)
    monkeypatch.setattr(hook_queue, "_MOST_REST_S", 0.05)
    monkeypatch.setattr("firmware.cli.keeper.web_hooks._LOOK_EVERY_S", 0.1)
    hooks: list[KeeperWebHooks] = []

    def keeper(home: Home) -> dict[str, Handler]:
        desk, named = RecorderEvidenceDesk(home.recorder_socket), NamedInstances(home.settings_file)
        hooks.append(KeeperWebHooks(home, SystemClock(), desk, named, HttpSender(lambda *_: "")))
        return hooks[0].routes()

    with web_office(tmp_path, keeper_of=keeper) as made:
        with_director(made)
        hooks[0].start()
        yield made
        hooks[0].stop()
        assert hooks[0].failure is None


def set_hook(office: WebOffice, taker: Taker, numbers: bool = False) -> str:
    """Its secret."""
    browser = office.signed_in(DIRECTOR)
    fields = {
        "csrf_token": form_token(browser.get("/programs")),
        "name": "CRM",
        "url": f"http://localhost:{taker.port}/x",
    }
    page = browser.post("/web-hooks", data=fields | ({"numbers": "yes"} if numbers else {}))
    found = re.search(r'<p class="secret-text"><code>(whsec_[^<]+)</code>', page.text)
    assert found is not None, page.text
    assert "whsec_" not in browser.get("/programs").text
    return found[1]


def test_a_call_is_told_as_it_begins_and_ends_signed_and_without_numbers(office: WebOffice, taker: Taker) -> None:
    secret = set_hook(office, taker)
    office.lines.call("a", **recorded())
    eventually(lambda: [each["type"] for each in taker.messages()] == ["call.started"])
    office.lines.call("a", state="ended", end_cause="caller hung up")
    eventually(lambda: [each["type"] for each in taker.messages()] == ["call.started", "call.ended"])
    for headers, body in taker.taken:
        sent_at_s = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == f"v1,{signature(secret, headers['webhook-id'], sent_at_s, body)}"
        assert NUMBER not in body.decode()
    assert taker.messages()[1]["data"]["end_cause"] == "caller hung up"
    eventually(lambda: "program-used" in office.recorder.kinds())
    used = next(each for each in office.recorder.evidence if each["kind"] == "program-used")
    assert used["detail"] == {"name": "CRM", "what": "was told of calls, without numbers"}
    assert secret not in json.dumps(office.recorder.evidence)


def test_what_was_not_taken_comes_again_under_the_same_id_and_other_places_are_not_followed(
    office: WebOffice, taker: Taker
) -> None:
    taker.answers += [500, 302]
    set_hook(office, taker, numbers=True)
    office.lines.call("a", **recorded())
    eventually(lambda: len(taker.taken) == 3)
    assert len({headers["webhook-id"] for headers, _ in taker.taken}) == 1
    assert taker.messages()[2]["data"]["far_party"] == {"number": NUMBER, "presentation": "available"}
    browser = office.signed_in(DIRECTOR)
    eventually(lambda: "The last message was taken at" in browser.get("/programs").text)


def test_a_hook_is_tried_from_the_page_and_one_that_wants_no_more_gets_no_more(office: WebOffice, taker: Taker) -> None:
    set_hook(office, taker)
    browser = office.signed_in(DIRECTOR)
    eventually(lambda: "Nothing was sent yet." in browser.get("/programs").text)
    page = browser.get("/programs")
    found = re.search(r'action="(/web-hooks/[0-9a-f]+)/try"', page.text)
    assert found is not None
    taker.answers.append(503)
    form = {"csrf_token": form_token(page)}
    assert "It answered 503." in browser.post(f"{found[1]}/try", data=form, follow_redirects=True).text
    assert "was taken." in browser.post(f"{found[1]}/try", data=form, follow_redirects=True).text
    taker.answers.append(410)
    office.lines.call("a", **recorded())
    eventually(lambda: "wants nothing more" in browser.get("/programs").text)
    office.lines.call("b", **recorded())
    assert browser.post(f"{found[1]}/remove", data=form).status_code == 303
    assert "whsec_" not in office.home.programs_file.read_text()
    assert [each["type"] for each in taker.messages()] == ["trial", "trial", "call.started"]


def test_only_a_certificate_that_is_good_for_the_name_is_spoken_to(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = made("An authority", now, authority=True)
    for name, result in (("localhost", "taken"), ("elsewhere.example", "not_taken")):
        issued = made(name, now, names=[name], by=authority)
        (tmp_path / "cert.pem").write_bytes(issued.pem + issued.key())
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(tmp_path / "cert.pem")
        taker = Taker(tls=served)
        server = taker.serve()
        trusts = ssl.create_default_context(cadata=authority.pem.decode())
        outcome = HttpSender(lambda *_: "", trusts).send(f"https://localhost:{taker.port}/", {}, b"{}")
        server.shutdown()
        server.server_close()
        assert (outcome.result, len(taker.taken)) == (result, result == "taken"), outcome.why


def test_a_name_that_stands_for_the_box_itself_is_sent_nothing(taker: Taker) -> None:
    outcome = HttpSender().send(f"http://localhost:{taker.port}/", {}, b"{}")
    assert (outcome.result, taker.taken) == ("not_taken", [])
    assert "no address of another machine" in outcome.why


def test_nothing_is_sent_to_an_address_of_the_box_itself_whatever_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_own_address("127.0.0.1")
    assert not is_own_address("192.0.2.1")
    monkeypatch.setattr(http_sender, "is_own_address", lambda address: address == "192.168.1.2")
    at = socket.SOCK_STREAM
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, type: [(2, at, 6, "", ("192.168.1.2", port))])
    outcome = HttpSender().send("https://till.example.org/calls", {}, b"")
    assert (outcome.result, "is this box itself" in outcome.why) == ("not_taken", True)
