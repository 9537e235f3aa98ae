"""The web server: TLS with the box's certificate, plain HTTP on loopback only, and clients that misbehave."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from firmware.adapters.keys.issued_certificates import ensure_issued, wanted_now
from firmware.adapters.keys.page_certificate import page_pair
from firmware.core.errors import AddressInUse, OfficeIncomplete, SettingsError
from tests.integration.web_office import WebOffice, web_office
from webui.pulse import Pulse
from webui.server import MAX_BODY_BYTES, WebServer, is_loopback, parse_bind


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, tls=True) as made:
        yield made


@pytest.fixture
def server(office: WebOffice) -> Iterator[WebServer]:
    ensure_issued(office.home, wanted_now(()), datetime.now(UTC))
    server = WebServer(office.app, "127.0.0.1:0", partial(page_pair, office.home))
    server.start()
    yield server
    server.stop()


def trusting(office: WebOffice) -> ssl.SSLContext:
    """A browser into which the box's authority was put."""
    return ssl.create_default_context(cafile=str(office.home.authority_certificate))


def get(
    server: WebServer, context: ssl.SSLContext, path: str = "/sign-in", source: str = "127.0.0.1"
) -> http.client.HTTPResponse:
    connection = http.client.HTTPSConnection(
        "localhost", server.port, context=context, timeout=10, source_address=(source, 0)
    )
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_the_page_is_served_by_tls_with_the_box_s_own_certificate(office: WebOffice, server: WebServer) -> None:
    answer = get(server, trusting(office))
    assert answer.status == 200
    assert all("Secure" in cookie for cookie in answer.headers.get_all("Set-Cookie", []))


def test_no_version_is_told_to_anybody(office: WebOffice, server: WebServer) -> None:
    assert get(server, trusting(office)).headers["Server"] == "Earmark"


def test_old_tls_is_refused(office: WebOffice, server: WebServer) -> None:
    context = trusting(office)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        get(server, context)


def test_clients_that_connect_and_say_nothing_hold_up_nobody(office: WebOffice, server: WebServer) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
    try:
        began = time.monotonic()
        assert get(server, trusting(office)).status == 200
        assert time.monotonic() - began < 3.0
    finally:
        for each in silent:
            each.close()


def test_one_machine_that_says_nothing_does_not_take_every_thread(
    office: WebOffice, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.fair_share.is_the_box", lambda address: address == "127.0.0.1")
    silent = [socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) for _ in range(90)]
    try:
        began = time.monotonic()
        assert get(server, trusting(office)).status == 200
        assert time.monotonic() - began < 5
        with pytest.raises((ssl.SSLError, ConnectionError)):
            get(server, trusting(office), source="127.0.0.2")
    finally:
        for each in silent:
            each.close()
    assert get(server, trusting(office), source="127.0.0.2").status == 200


def test_what_is_no_tls_at_all_hurts_nobody(office: WebOffice, server: WebServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP/1.1 200")
    assert get(server, trusting(office)).status == 200


def test_who_leaves_before_the_answer_is_whole_is_no_fault(
    office: WebOffice, server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    asked, left, answered = threading.Event(), threading.Event(), threading.Event()

    def large(_: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        asked.set()
        left.wait(20)
        try:
            for _piece in range(200):
                yield bytes(1 << 16)
        finally:
            answered.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.app, "wsgi_app", large)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
            browser = trusting(office).wrap_socket(plain, server_hostname="localhost")
            browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asked.wait(20)
            browser.close()
        left.set()
        assert answered.wait(20)
    assert get(server, trusting(office)).status == 200
    assert [each.getMessage() for each in caplog.records if each.name.startswith("web.server")] == []


def posted(server: WebServer, path: str, size: int) -> int:
    """The status for a form of that many bytes."""
    connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, body=b"x" * size, headers=form)
    status = connection.getresponse().status
    connection.close()
    return status


def refused_by_length(server: WebServer, path: str, size: int) -> int:
    """The status for a form that says it is so large, before any of it is sent."""
    connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_body_larger_than_any_form_is_refused(office: WebOffice) -> None:
    server = WebServer(office.app, "127.0.0.1:0")
    server.start()
    try:
        assert refused_by_length(server, "/sign-in", MAX_BODY_BYTES + 1) == 413
        assert posted(server, "/sign-in", 100_000) == 413
        # From nobody in particular: it is not read for the sake of the connection, nor waited for.
        assert refused_by_length(server, "/updates/send", MAX_BODY_BYTES) == 401
        assert posted(server, f"/cases/{'ab' * 16}/papers", 400_000) != 413
    finally:
        server.stop()


@pytest.mark.parametrize("bind", ["0.0.0.0:8443", "192.168.1.20:80", "[::]:8443"])
def test_plain_http_is_refused_where_others_could_listen(office: WebOffice, bind: str) -> None:
    with pytest.raises(SettingsError, match="without TLS"):
        WebServer(office.app, bind)


def test_a_certificate_that_is_renewed_is_shown_from_the_next_connection_on_and_ends_none(
    office: WebOffice, server: WebServer
) -> None:
    staying = http.client.HTTPSConnection("localhost", server.port, context=trusting(office), timeout=10)
    staying.request("GET", "/sign-in")
    staying.getresponse().read()
    before = shown_by(server)
    office.home.page_key.write_bytes(b"half of a key")  # as if it were just being written
    assert shown_by(server) == before
    ensure_issued(office.home, wanted_now(()), datetime.now(UTC), anew=True)
    assert shown_by(server) != before
    assert get(server, trusting(office)).status == 200
    staying.request("GET", "/sign-in")
    assert staying.getresponse().status == 200
    staying.close()


def shown_by(server: WebServer) -> str:
    return ssl.get_server_certificate(("localhost", server.port), timeout=10)


def test_a_port_in_use_is_named(office: WebOffice, server: WebServer) -> None:
    with pytest.raises(AddressInUse, match=str(server.port)):
        WebServer(office.app, f"127.0.0.1:{server.port}").start()


def test_an_address_this_machine_has_not_is_named(office: WebOffice) -> None:
    ensure_issued(office.home, wanted_now(()), datetime.now(UTC))
    server = WebServer(office.app, "192.0.2.1:0", partial(page_pair, office.home))
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1"):
        server.start()


def test_a_certificate_that_is_missing_or_broken_is_named(office: WebOffice, tmp_path: Path) -> None:
    with pytest.raises(OfficeIncomplete, match=r"cert\.pem"):
        WebServer(office.app, "127.0.0.1:0", lambda: (tmp_path / "cert.pem", tmp_path / "key.pem"))
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    with pytest.raises(OfficeIncomplete, match=r"broken\.pem"):
        WebServer(office.app, "127.0.0.1:0", lambda: (broken, broken))


def test_a_page_that_answers_is_alive_and_one_whose_workers_hang_is_not(server: WebServer) -> None:
    stop, beats = threading.Event(), threading.Semaphore(0)
    waiting = threading.Thread(target=server.wait, args=(stop, beats.release))
    waiting.start()
    assert beats.acquire(timeout=20)
    assert beats.acquire(timeout=20)
    stop.set()
    waiting.join()
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        pulse, address = Pulse(lasts_s=0.3), hangs.getsockname()
        assert pulse.beat(address)
        deadline = time.monotonic() + 20
        while pulse.beat(address):
            assert time.monotonic() < deadline, "nobody took a connection up, and it counts as alive"
            time.sleep(0.05)
        pulse.felt()
        assert pulse.beat(address)


def test_addresses_are_read_as_they_are_written() -> None:
    assert parse_bind("0.0.0.0:8443") == ("0.0.0.0", 8443)
    assert parse_bind("[::1]:80") == ("::1", 80)
    for wrong in ("8443", "localhost", "a:b", "a:99999"):
        with pytest.raises(SettingsError):
            parse_bind(wrong)
    assert [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "example.org")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_the_web_command_serves_until_it_is_told_to_end(office: WebOffice) -> None:
    """The real process, with the demonstration's settings but a free port."""
    port = free_port()
    settings = office.home.settings_file
    settings.write_text(settings.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), "web"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert process.stderr is not None
        assert "serving the page" in process.stderr.readline()
        connection = http.client.HTTPConnection("localhost", port, timeout=10)
        connection.request("GET", "/sign-in")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
