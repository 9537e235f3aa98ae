"""Who may steer calls by the control socket: page and panel. Any other user of the box is refused, and noted."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.functional.office.driven_call import telephones
from tests.functional.office.office import Office

pytestmark = pytest.mark.functional

STRANGER = "nobody"
# No more than a stranger's own program would need, so that nothing of this checkout must be readable for them.
_ASKS = """\
import http.client, socket, sys
class Control(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
control = Control("localhost", timeout=5)
try:
    control.request(sys.argv[2], sys.argv[3], b'{"how": "api", "who": "till"}')
    print(control.getresponse().status)
except PermissionError:
    print("no way in")
"""


def asked(socket_path: Path, method: str, path: str, user: str | None) -> str:
    """What a program of ``user`` is answered; None is the user of the test."""
    command = ["python3", "-I", "-c", _ASKS, str(socket_path), method, path]
    return subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=True).stdout.strip()


def test_a_user_without_the_right_pauses_nothing_and_is_noted(folder: Path) -> None:
    with Office.found(folder / "home", "", mode="pausable") as office:
        processes = office.start()
        sock = office.home.lines_socket
        with telephones(office) as phones:
            call = phones.call_in()
            steps = [f"/calls/{call.call_id}/{action}" for action in ("pause", "resume", "start", "remind", "told")]
            steps += [f"/calls/{call.call_id}/hang-up", "/extensions/01632960001/pause"]
            # As the box is set up, a stranger does not get as far as the socket.
            assert {asked(sock, "POST", path, STRANGER) for path in steps} == {"no way in"}
            # And where the folders are left open by mistake, the process itself looks who asks.
            for opened in (folder, folder / "home", office.home.run, sock.parent):
                opened.chmod(0o755)
            sock.chmod(0o666)
            assert {asked(sock, "POST", path, STRANGER) for path in steps} == {"403"}
            assert asked(sock, "GET", "/calls", STRANGER) == "403"
            time.sleep(0.2)
            assert call.view()["paused"] is False
            assert call.view()["state"] == "connected"
            assert asked(sock, "POST", steps[0], None) == "200"
            assert call.view()["paused"] is True
            call.hang_up()
        office.wait_until_quiet()
        (pause,) = office.record_of(call.recording_id)["pauses"]
        assert pause["resumed_how"] == "still paused at hang-up"
        noted = [line for line in processes.log("lines").splitlines() if STRANGER in line]
    assert len(noted) == 1, "once a minute for each user"
    assert "refused" in noted[0].lower()
