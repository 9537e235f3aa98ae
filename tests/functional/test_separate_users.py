"""All processes as the users that they have on the box: a call's whole life, and every file tried as every user."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.demo.office import SIGN_IN_FILE
from firmware.core.home import Home
from firmware.core.rights import PLACES, PROCESSES, RUN, Place
from tests.functional.office.box_users import CLONE, INSIDE, BoxUsers, box_users
from tests.functional.office.processes import wait_until
from tests.functional.office.processes_of_users import ProcessesOfUsers
from tests.integration.real_page import Browser

pytestmark = [
    pytest.mark.functional,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can run processes as several users"),
]

STARTED = ("recorder", "opener", "keeper", "lines", "web", "panel")
#: Tries every path of its input as the user that it runs as.
TRY = """
import os, sys
for path in sys.stdin.read().splitlines():
    print(int(os.access(path, os.R_OK)), int(os.access(path, os.W_OK)))
"""


class BoxOffice:
    """The demonstration office, given to the box's users."""

    def __init__(self, home: Home, users: BoxUsers) -> None:
        self.home = home
        self._users = users
        self.earmark("rights", "apply")
        for place in RUN:
            folder = home.root / place.path
            folder.mkdir(exist_ok=True)
            os.chown(folder, users.user_ids.get(place.user, 0), users.group_ids[place.group_name])
            folder.chmod(place.mode)

    def earmark(self, *arguments: str) -> str:
        """As root, as somebody at the box."""
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(INSIDE), *arguments]
        done = subprocess.run(
            self._users.as_root(*command), cwd=CLONE, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def sign_in(self, name: str) -> str:
        """The token of a session with the opener."""
        asked = {"user": name, "password": self.pass_phrase(name)}
        return str(ControlClient(self.home.opener_socket, 30).post("/sign-in", asked)["token"])

    def pass_phrase(self, name: str) -> str:
        lines = (self.home.root / SIGN_IN_FILE).read_text().splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith(f"{name}: "))

    def recordings(self) -> list[dict[str, Any]]:
        return list(json.loads(self.earmark("recordings", "list", "--json"))["recordings"])

    def evidence(self) -> set[str]:
        return {line.split()[2] for file in self.home.evidence.glob("*.log") for line in file.read_text().splitlines()}

    def allowed_to(self, process: str, path: Path) -> tuple[bool, bool]:
        """By the table; what is in no row of it is its owner's alone."""
        place = place_of(self.home, path)
        if place is not None:
            return process in place.reads, process in place.writes
        own = path.stat().st_uid == self._users.user_ids[f"earmark-{process}"]
        return own, own

    def tried_as(self, process: str, paths: list[Path]) -> list[tuple[bool, bool]]:
        inside = "\n".join(str(INSIDE / path.relative_to(self.home.root)) for path in paths)
        command = self._users.as_process(process, sys.executable, "-c", TRY)
        told = subprocess.run(command, input=inside, capture_output=True, text=True, check=True).stdout
        return [(line[0] == "1", line[2] == "1") for line in told.splitlines()]


def test_a_calls_whole_life_with_each_process_as_its_own_user_and_nobody_gets_what_is_not_theirs(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    home = demonstration_office(tmp_path)
    logs = tmp_path / "logs"
    logs.mkdir()
    with box_users(tmp_path / "users", home.root) as users:
        office = BoxOffice(home, users)
        store = tmp_path / "office-storage"
        give_storage(office, users, store)
        with ProcessesOfUsers(users, home.root, logs, STARTED) as running:
            assert {running.user_of(name) for name in STARTED} == {
                users.user_ids[f"earmark-{name}"] for name in STARTED
            }
            record_property("seconds until each process is ready", _figures(running.ready_s))
            recording = record_a_call(office)
            hear_it(office, recording)
            ControlClient(home.keeper_socket).post("/look-now", {})
            wait_until(lambda: "archived" in office.evidence(), 120, "it is not archived")
            assert any(store.rglob("*.ear")), running.log("keeper")[-2000:]
            memory = running.memory_kb()
            record_property("MB of each process (PSS)", _figures({k: v / 1024 for k, v in memory.items()}))
            record_property("MB of all processes (PSS)", round(sum(memory.values()) / 1024))
            nobody_gets_what_is_not_theirs(office)
            erase_it(office, recording, lambda: running.log("keeper")[-2000:])
        assert {"listened", "archived", "erase-ordered", "recording-erased"} <= office.evidence()
        assert subprocess.run(users.as_root(*_check(home)), cwd=CLONE, check=False).returncode == 0
        for name in STARTED:
            assert "Permission denied" not in running.log(name), running.log(name)[-3000:]


def demonstration_office(folder: Path) -> Home:
    home = Home(folder / "home")
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "init", "--demo"]
    subprocess.run(command, cwd=CLONE, check=True, capture_output=True, timeout=180)
    return home


def give_storage(office: BoxOffice, users: BoxUsers, store: Path) -> None:
    """The office's own storage, which only the keeper's user may write: below the data folder to be seen inside."""
    settings = SettingsFile(office.home.settings_file)
    document = settings.read()
    inside = INSIDE / "storage"
    (office.home.root / "storage").mkdir(mode=0o700)
    os.chown(office.home.root / "storage", users.user_ids["earmark-keeper"], -1)
    store.symlink_to(office.home.root / "storage")
    settings.replace(
        {
            **document,
            "archive": {"remote": {"type": "local"}, "path": f"{inside}/archive"},
            "backup": {"enabled": False},
        }
    )


def record_a_call(office: BoxOffice) -> str:
    def connected() -> bool:
        return bool(ControlClient(office.home.lines_socket).get("/health").get("recorder_connected"))

    wait_until(connected, 30, "lines to be connected with the recorder")
    office.earmark("generator", "call", "--seconds", "4")
    wait_until(
        lambda: [row["state"] for row in office.recordings()] == ["complete"], 180, "the recording to be complete"
    )
    return str(office.recordings()[0]["id"])


def hear_it(office: BoxOffice, recording: str) -> None:
    """Through the page: found, opened for a purpose, heard."""
    browser = Browser(8080)
    browser.sign_in("listener", office.pass_phrase("listener"))
    assert recording in browser.get("/calls")[1]
    browser.read_form(f"/calls/{recording}")
    assert browser.post(f"/calls/{recording}/listen", purpose="to see that it can be heard")[0] == 303
    status, sound = browser.get_bytes(f"/calls/{recording}/audio")
    assert (status, sound[:4]) == (200, b"OggS")
    assert len(sound) > 5_000
    browser.close()


def erase_it(office: BoxOffice, recording: str, why_not: Callable[[], str]) -> None:
    token = office.sign_in("director")
    body = {"calls": [recording], "because": "to see that it can be erased"}
    ordered = ControlClient(office.home.opener_socket, 30).post("/erasures", body, token=token)
    assert ordered["ordered"] == [recording]
    wait_until(lambda: not list(office.home.recordings.rglob(f"{recording}*")), 120, f"it to be erased: {why_not()}")


def nobody_gets_what_is_not_theirs(office: BoxOffice) -> None:
    paths = [path for top in (office.home.state, office.home.data) for path in (top, *sorted(top.rglob("*")))]
    paths += [office.home.root / place.path for place in RUN]
    assert any(path.suffix == ".key" for path in paths)
    wrong = []
    for process in PROCESSES:
        for path, (reads, writes) in zip(paths, office.tried_as(process, paths), strict=True):
            if path.exists() and (reads, writes) != office.allowed_to(process, path):
                wrong.append(f"{process}: {path.relative_to(office.home.root)} reads={reads} writes={writes}")
    assert not wrong, "\n".join(wrong)


def place_of(home: Home, path: Path) -> Place | None:
    """The last row that is about a path."""
    name = str(path.relative_to(home.root)) + ("/" if path.is_dir() else "")
    fitting = [place for place in (*PLACES, *RUN) if re.fullmatch(_pattern(place.path), name)]
    return fitting[-1] if fitting else None


def _pattern(path: str) -> str:
    return re.escape(path).replace(r"\*\*/", r".+/").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")


def _check(home: Home) -> list[str]:
    return [sys.executable, "-m", "firmware.cli.main", "--home", str(INSIDE), "rights", "check"]


def _figures(of: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in of.items())
