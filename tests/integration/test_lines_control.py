"""What may be asked of calls on the lines' control socket, by whom, and what the evidence is told of it."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.control.client import ControlClient, RequestRefused
from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.refused_peers import RefusedPeers
from firmware.adapters.control.server import ControlServer, Request
from firmware.cli.lines import control as lines_control
from firmware.cli.lines.control import LinesControl
from firmware.core.call.effects import PauseRecording, ResumeRecording
from firmware.core.errors import ActionRefused, NoSuchCall
from firmware.core.events import LegAnswered, LegTrying
from firmware.core.recording_policy import RecordingMode, RecordingPolicy
from tests.unit.call_bench import Bench

PAGE = {"how": "page", "who": "alex"}
PATIENCE_S = 20.0

# Said by a process of another user, with nothing but the standard library.
_ASK = """
import os, socket, sys
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
body = b'{"how": "page", "who": "alex"}'
sock.sendall(sys.argv[2].encode() + b" HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
print(sock.recv(65536).decode())
"""


class Lines:
    """The lines process without a network: one call, a dispatcher's thread, and the control socket."""

    def __init__(self, socket_path: Path, mode: RecordingMode) -> None:
        self.bench = Bench(policy=RecordingPolicy("main", mode))
        self.bench.happens(LegTrying(1), LegAnswered(1))
        self.socket_path = socket_path
        routes = LinesControl(self.bench.control, self.bench.supervisor).routes()
        self._server = ControlServer(socket_path, routes, mode=0o666)
        self._stop = threading.Event()
        self._dispatcher = threading.Thread(target=self._dispatch)

    @property
    def client(self) -> ControlClient:
        return ControlClient(self.socket_path)

    def __enter__(self) -> Lines:
        self._dispatcher.start()
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._stop.set()
        self._dispatcher.join()

    def _dispatch(self) -> None:
        while not self._stop.wait(0.002):
            self.bench.control.attend()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike a test's own."""
    made = Path(tempfile.mkdtemp(prefix="earmark-lines-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def lines(folder: Path) -> Iterator[Lines]:
    with Lines(folder / "lines.sock", "pausable") as made:
        yield made


def test_a_call_is_paused_and_resumed_and_the_answer_is_the_call_as_it_is_then(lines: Lines) -> None:
    view = lines.client.post("/calls/c1/pause", PAGE)["call"]
    assert (view["paused"], "resume" in view["actions"], "pause" in view["actions"]) == (True, True, False)
    view = lines.client.post("/calls/c1/resume", PAGE)["call"]
    assert (view["paused"], "pause" in view["actions"]) == (False, True)
    steered = [type(effect) for effect in lines.bench.tap.done if isinstance(effect, PauseRecording | ResumeRecording)]
    assert steered == [PauseRecording, ResumeRecording]


def test_who_asked_and_how_is_handed_to_the_evidence_and_stands_in_the_call_s_record(lines: Lines) -> None:
    recording_id = lines.client.post("/calls/c1/pause", PAGE)["call"]["recording_id"]
    ((kind, subject, detail),) = lines.bench.entered
    assert kind == "call-paused"
    assert subject == {"call": "c1", "recording": recording_id, "how": "page", "at": subject["at"]}
    assert detail == {"how": "page", "who": "alex"}
    lines.bench.control.end_all("test")
    (record,) = lines.bench.tap.stopped
    assert [(pause.how, pause.who) for pause in record.pauses] == [("page", "alex")]


def test_an_extension_is_paused_whatever_form_its_call_is_in(lines: Lines) -> None:
    (view,) = lines.client.post("/extensions/201/pause", {"how": "desk", "who": "Reception"})["calls"]
    assert view["paused"]
    with pytest.raises(NoSuchCall, match="Extension 299 has no call now"):
        lines.client.post("/extensions/299/pause", {"how": "desk", "who": "Reception"})


def test_what_may_not_be_done_is_refused_in_words_and_that_is_evidence_too(folder: Path) -> None:
    with Lines(folder / "lines.sock", "always") as lines:
        with pytest.raises(ActionRefused, match="always recorded and may not be paused"):
            lines.client.post("/calls/c1/pause", PAGE)
        with pytest.raises(NoSuchCall, match="may have just ended"):
            lines.client.post("/calls/another/pause", PAGE)
        assert [(kind, subject.get("call")) for kind, subject, _ in lines.bench.entered] == [
            ("call-action-refused", "c1"),
            ("call-action-refused", None),
        ]
        assert lines.bench.entered[0][2]["why"] == "This call is always recorded and may not be paused."


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/calls/c1/pause", {"how": "code", "who": ""}, 400),
        ("/calls/c1/pause", {"who": "alex"}, 400),
        ("/calls/c1/pause", {"how": "page", "who": "x" * 101}, 400),
        ("/calls/c1/start", {"how": "desk", "who": "Reception"}, 403),
        ("/calls/c1/told", {"how": "panel", "who": ""}, 403),
        ("/extensions/201/start", PAGE, 404),
    ],
)
def test_what_does_not_belong_to_the_way_it_came_changes_nothing(
    lines: Lines, path: str, body: dict[str, str], status: int
) -> None:
    with pytest.raises(RequestRefused) as caught:
        lines.client.post(path, body)
    assert caught.value.status == status
    assert lines.bench.entered == []


@pytest.mark.parametrize("path", ["POST /calls/c1/pause", "POST /extensions/201/pause", "GET /calls", "GET /events"])
def test_a_process_of_another_user_is_refused_and_the_log_says_so(
    lines: Lines, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            answer = _asked_by_another_user(lines.socket_path, path)
            assert answer.startswith("HTTP/1.1 403 "), answer
            assert "c1" not in answer
    assert not lines.client.get("/calls")["calls"][0]["paused"]
    told = [record.message for record in caplog.records if "refused" in record.message]
    assert told == ["lines.sock: user nobody asked for what it may not and was refused"]
    assert lines.bench.entered == []


def test_what_is_refused_is_told_once_a_minute_for_each_user(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 100.0
    refused = RefusedPeers("lines.sock", lambda: now_s)
    with caplog.at_level(logging.WARNING):
        for second in range(130):
            now_s = 100.0 + second
            refused.note(PeerCredentials(1, 65534, 65534))
            refused.note(PeerCredentials(1, 4_000_000, 1))
    said = [record.message.partition(": ")[2].partition(" asked")[0] for record in caplog.records]
    assert sorted(said) == ["user nobody"] * 3 + ["user number 4000000"] * 3
    assert "60 times in the last minute" in caplog.records[-1].message


def test_the_panel_s_user_may_pause_in_its_own_name_and_do_nothing_else(lines: Lines) -> None:
    peers = {lines_control.WEB: 5001, lines_control.PANEL: 5002}
    panel, web = PeerCredentials(1, peers[lines_control.PANEL], 1), PeerCredentials(1, peers[lines_control.WEB], 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_control, "these_users", lambda name: lambda peer: peer.uid == peers[name])
        routes = LinesControl(lines.bench.control, lines.bench.supervisor).routes()

    def ask(peer: PeerCredentials, action: str, how: str) -> int:
        request = Request("POST", "", peer, {"call_id": "c1"}, {}, {"how": how, "who": ""})
        try:
            routes[f"POST /calls/{{call_id}}/{action}"](request)
        except RequestRefused as refusal:
            return refusal.status
        return 200

    assert ask(panel, "pause", "panel") == ask(web, "resume", "page") == 200
    assert ask(panel, "pause", "page") == ask(web, "pause", "panel") == ask(panel, "start", "panel") == 403
    assert ask(panel, "hang-up", "panel") == 403


def _asked_by_another_user(socket_path: Path, path: str) -> str:
    """The raw answer that a process of user nobody gets. Needs root, or sudo."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    command = [*as_root, sys.executable, "-I", "-c", _ASK, str(socket_path), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
