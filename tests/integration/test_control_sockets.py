"""Control sockets over real Unix sockets: answers, refusals, event streams, and peers that misbehave."""

from __future__ import annotations

import os
import pwd
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.control.client import ControlClient, RequestRefused, path_of
from firmware.adapters.control.event_feed import Event, EventFeed
from firmware.adapters.control.peer_policy import PeerCredentials, same_user, who_may_answer
from firmware.adapters.control.server import ControlServer, Request
from firmware.core.errors import AddressInUse, NoSuchRecording, ServiceAway, StorageError


def _echo(request: Request) -> dict[str, object]:
    return {
        "parameters": dict(request.parameters),
        "query": dict(request.query),
        "body": request.body,
        "token": request.token,
        "pid": request.peer.pid,
    }


def _missing(_: Request) -> dict[str, object]:
    raise NoSuchRecording("Recording 12 is not here.", "Look at the list.")


def _broken(_: Request) -> dict[str, object]:
    raise ZeroDivisionError("the caller's number is 01234567890")


ROUTES = {
    "GET /echo": _echo,
    "POST /calls/{call_id}/hang-up": _echo,
    "GET /missing": _missing,
    "GET /broken": _broken,
    "POST /named": lambda request: {"name": request.text("name", 10)},
}


@pytest.fixture
def feed() -> EventFeed:
    return EventFeed(lambda: [Event("call", {"state": "connected"})], limit=50)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lines.sock"


@pytest.fixture
def client(path: Path, feed: EventFeed) -> Iterator[ControlClient]:
    with ControlServer(path, ROUTES, feed=feed):
        yield ControlClient(path)


def test_a_request_carries_its_path_query_body_and_token(client: ControlClient) -> None:
    answer = client.post(path_of("calls", "a/b c", "hang-up"), {"why": "test"}, token="secret")
    assert answer == {
        "parameters": {"call_id": "a/b c"},
        "query": {},
        "body": {"why": "test"},
        "token": "secret",
        "pid": os.getpid(),
    }
    assert client.get("/echo", query={"q": "a&b"})["query"] == {"q": "a&b"}


def test_the_error_that_a_handler_raises_is_the_one_the_client_raises(client: ControlClient) -> None:
    with pytest.raises(NoSuchRecording) as caught:
        client.get("/missing")
    assert (caught.value.what, caught.value.remedy) == ("Recording 12 is not here.", "Look at the list.")


def test_a_broken_handler_tells_its_peer_nothing_and_the_server_goes_on(client: ControlClient) -> None:
    with pytest.raises(Exception, match="inside the box") as caught:
        client.get("/broken")
    assert "01234" not in str(caught.value)
    assert client.get("/echo")["body"] is None


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("get", "/nowhere", 404), ("get", "/calls/1/hang-up", 405), ("post", "/named", 400)],
)
def test_a_wrong_request_is_refused_with_its_status(
    client: ControlClient, method: str, target: str, status: int
) -> None:
    with pytest.raises(RequestRefused) as caught:
        getattr(client, method)(target)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /named HTTP/1.1\r\nContent-Length: 5\r\n\r\n{bad}",
        b"POST /named HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /named HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /named HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"DELETE /named HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01 not http at all\r\n\r\n",
    ],
)
def test_malformed_requests_get_an_error_and_harm_nobody(client: ControlClient, path: Path, raw: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        peer.connect(str(path))
        peer.sendall(raw)
        answer = peer.recv(65536)
    assert b" 4" in answer[:20] or b" 5" in answer[:20] or b"Error response" in answer
    assert client.post("/named", {"name": "still"})["name"] == "still"


def test_a_new_reader_first_hears_the_present_state_then_what_happens(client: ControlClient, feed: EventFeed) -> None:
    events = client.events()
    assert next(events) == Event("call", {"state": "connected"})
    feed.publish("heartbeat", {"n": 1, "text": "line\nbreak — ü"})
    assert next(events) == Event("heartbeat", {"n": 1, "text": "line\nbreak — ü"})
    events.close()


def test_a_reader_that_stops_reading_never_holds_up_the_publisher_and_is_cut_off(
    client: ControlClient, path: Path, feed: EventFeed
) -> None:
    with socket.socket(socket.AF_UNIX) as sleeper:
        sleeper.connect(str(path))
        sleeper.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        sleeper.recv(4096)
        events = client.events()
        next(events)
        assert feed.subscribers == 2
        slowest = 0.0
        for n in range(3000):
            before = time.perf_counter()
            feed.publish("heartbeat", {"n": n, "filler": "x" * 1000})
            slowest = max(slowest, time.perf_counter() - before)
            assert next(events).data["n"] == n
        assert slowest < 0.25
        assert feed.subscribers == 1
        events.close()


def test_a_vanished_reader_is_forgotten(path: Path) -> None:
    feed = EventFeed()
    with ControlServer(path, {}, feed=feed):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(path))
            peer.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            peer.recv(4096)
        deadline = time.monotonic() + 10
        while feed.subscribers and time.monotonic() < deadline:
            feed.publish("heartbeat", {})
            threading.Event().wait(0.02)
        assert feed.subscribers == 0


def test_stopping_ends_the_streams_and_removes_the_socket(path: Path) -> None:
    feed = EventFeed()
    server = ControlServer(path, {}, feed=feed)
    server.start()
    events = ControlClient(path).events()
    seen: list[Event] = []
    reader = threading.Thread(target=lambda: seen.extend(events))
    reader.start()
    deadline = time.monotonic() + 5
    while not feed.subscribers and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    server.stop()
    server.stop()
    reader.join(5)
    assert not reader.is_alive()
    assert not path.exists()


def test_other_users_may_knock_where_the_folder_lets_them_and_are_not_answered(
    client: ControlClient, path: Path
) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    assert same_user(PeerCredentials(1, os.geteuid(), 0))
    assert not same_user(PeerCredentials(1, os.geteuid() + 12345, 0))


def test_a_user_who_is_not_admitted_gets_nothing_but_a_refusal(path: Path, feed: EventFeed) -> None:
    with ControlServer(path, ROUTES, feed=feed, allow=lambda _: False):
        for ask in (lambda: ControlClient(path).get("/echo"), lambda: list(ControlClient(path).events())):
            with pytest.raises(RequestRefused) as caught:
                ask()
            assert caught.value.status == 403


def test_two_servers_on_one_socket_are_an_error_that_says_so(client: ControlClient, path: Path) -> None:
    with pytest.raises(AddressInUse, match="Another process already serves"):
        ControlServer(path, {}).start()
    assert client.get("/echo")["pid"] == os.getpid()


def test_the_socket_of_a_killed_process_is_taken_over(path: Path) -> None:
    program = (
        "import sys, pathlib, threading\n"
        "from firmware.adapters.control.server import ControlServer\n"
        "ControlServer(pathlib.Path(sys.argv[1]), {}).start(); print('up', flush=True); threading.Event().wait()"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.kill()
    process.wait()
    process.stdout.close()
    assert path.exists()
    with pytest.raises(ServiceAway, match="earmark lines"):
        ControlClient(path).get("/echo")
    with ControlServer(path, ROUTES):
        assert ControlClient(path).get("/echo")["pid"] == os.getpid()


def test_a_file_in_the_way_is_left_alone(path: Path) -> None:
    path.write_text("somebody's notes")
    with pytest.raises(StorageError, match="in the way"):
        ControlServer(path, {}).start()
    assert path.read_text() == "somebody's notes"


def test_a_place_where_no_folder_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        ControlServer(tmp_path / "gone" / "x.sock", {}).start()


def test_paths_longer_than_a_socket_address_work(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    with ControlServer(folder / "opener.sock", ROUTES):
        assert ControlClient(folder / "opener.sock").get("/echo")["pid"] == os.getpid()


def test_a_process_that_accepts_but_never_answers_is_away(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(ServiceAway):
            ControlClient(path, timeout_s=0.2).get("/health")


def test_nothing_is_asked_of_a_process_that_is_not_the_one_whose_socket_it_is(
    client: ControlClient, path: Path
) -> None:
    assert client.get("/echo")["pid"] == os.getpid()
    with pytest.raises(ServiceAway, match="which is not its to use"):
        ControlClient(path, trusts=lambda peer: peer.uid == os.geteuid() + 1).post("/echo", {"secret": "words"})


def test_where_the_machine_has_the_user_of_a_process_nobody_else_may_answer_for_it() -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    assert who_may_answer("nobody")(PeerCredentials(1, nobody, 0))
    assert not who_may_answer("nobody")(PeerCredentials(1, nobody + 12345, 0))
    assert who_may_answer("earmark-of-no-machine")(PeerCredentials(1, nobody, 0))
