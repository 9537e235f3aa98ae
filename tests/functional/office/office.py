"""A fresh office in a temporary folder, as an installer would leave it: keys, people, one SIP line, running processes.

Calls come in from the trunk at ``ports.trunk`` and are put through to the phone at ``ports.office``: both test peers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import click
import numpy as np
import numpy.typing as npt
import tomlkit
from click.testing import CliRunner

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.control.client import ControlClient
from firmware.cli import recordings
from firmware.cli.settings import commands as settings_commands
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from tests.functional.instruments.speech import RATE_HZ
from tests.functional.office.people import People, Person, found_office
from tests.functional.office.ports import Ports, free_ports
from tests.functional.office.processes import Processes, wait_until

Stereo = npt.NDArray[np.int16]
RECORDING_SET = ("recorder", "opener", "lines")


@dataclass
class Office:
    """One office. Use as a context manager; leaving it stops every process it started."""

    root: Path
    ports: Ports
    people: People
    environment: dict[str, str]
    running: list[Processes] = field(default_factory=list)

    @classmethod
    def found(
        cls,
        root: Path,
        notice: str = "call-recorded",
        ports: Ports | None = None,
        mode: str = "always",
        **sections: Any,
    ) -> Self:
        """Set up a new office at ``root`` with the test line and its notice; an empty one is none.

        ``sections`` are settings beside the line's.
        """
        ports = ports or free_ports()
        environment = os.environ | {"EARMARK_HOME": str(root), "PYTHONPATH": str(Path(__file__).parents[3])}
        root.parent.mkdir(parents=True, exist_ok=True)
        people = found_office(root)
        office = cls(root, ports, people, environment)
        office.use_settings(line_settings(ports, notice, mode) | sections)
        return office

    def elsewhere(self, root: Path) -> Office:
        """The same office, whose data folder was copied to ``root``."""
        return Office(root, self.ports, self.people, self.environment | {"EARMARK_HOME": str(root)})

    @property
    def listener(self) -> Person:
        return self.people.listener

    @property
    def home(self) -> Home:
        return Home(self.root)

    def use_settings(self, settings: Mapping[str, Any]) -> None:
        path = self.root / "test-settings.toml"
        path.write_text(tomlkit.dumps(settings))
        self._asks(settings_commands.settings, "import", str(path))

    def _asks(self, command: click.Command, *arguments: str) -> str:
        """What a command says that is asked too often to have a process of its own. For one thread at a time."""
        done = CliRunner().invoke(command, arguments, obj=self.home, catch_exceptions=False)
        if done.exit_code:
            raise AssertionError(f"{arguments} exited {done.exit_code}: {done.output}")
        return done.stdout

    def earmark(self, *arguments: str, may_fail: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the ``earmark`` command; ``more`` is added to its environment.

        Raises:
            AssertionError: it failed and ``may_fail`` is not set; the message is what it said.
        """
        done = subprocess.run(
            [sys.executable, "-m", "firmware.cli.main", *arguments],
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode and not may_fail:
            raise AssertionError(f"earmark {' '.join(arguments)} exited {done.returncode}: {done.stdout}{done.stderr}")
        return done

    # -- processes ------------------------------------------------------------------------------------------------

    def start(self, *names: str, **commands: tuple[str, ...]) -> Processes:
        """Start processes (those that record, unless named) and wait until they are ready."""
        processes = Processes(names or RECORDING_SET, self.environment, self.root / "log", commands)
        self.running.append(processes)
        processes.start()
        if "lines" in (names or RECORDING_SET):
            self.wait_until_recording_is_possible()
        return processes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for processes in reversed(self.running):
            processes.stop()
        self.running.clear()

    @property
    def lines(self) -> ControlClient:
        return ControlClient(self.home.lines_socket)

    @property
    def recorder(self) -> ControlClient:
        return ControlClient(self.home.recorder_socket)

    def wait_until_recording_is_possible(self, timeout_s: float = 20) -> None:
        def connected() -> bool:
            health = self._asked("/health")
            return bool(health and health.get("recorder_connected"))

        wait_until(connected, timeout_s, "lines to be connected with the recorder")

    def wait_for_recorder(self, pid: int, timeout_s: float = 20) -> None:
        """Wait until the recorder of that process id answers."""

        def answers() -> bool:
            try:
                return bool(self.recorder.get("/health")["pid"] == pid)
            except EarmarkError:
                return False

        wait_until(answers, timeout_s, "the recorder to answer")

    def _asked(self, path: str) -> dict[str, Any] | None:
        try:
            return self.lines.get(path)
        except EarmarkError:
            return None  # lines is down at this moment: the caller asks again

    # -- calls ----------------------------------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        return list((self._asked("/calls") or {"calls": []})["calls"])

    def wait_for_connected_call(self, timeout_s: float = 30) -> dict[str, Any]:
        """The first call in which both parties are through to each other."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [call for call in self.calls() if call["state"] == "connected" and call["recording"]]
            return bool(found)

        wait_until(there, timeout_s, "a connected, recorded call")
        return found[0]

    def wait_until_quiet(self, timeout_s: float = 20) -> None:
        """Wait until no call is in progress and every recording is finished."""
        wait_until(lambda: not self.calls(), timeout_s, "all calls to end")
        self.wait_until_settled(timeout_s)

    def wait_until_settled(self, timeout_s: float = 20) -> None:
        """Wait until every recording is finished. A recorder that starts lets lines claim its calls for a while."""
        wait_until(lambda: "recording" not in self._states(), timeout_s, "recordings to finish")

    def _states(self) -> set[str]:
        if not self.home.catalogue.exists():
            return set()
        with closing(CatalogueReader(self.home.catalogue)) as catalogue:
            return {row.state for row in catalogue.recordings(RecordingQuery(limit=1000))}

    # -- recordings -----------------------------------------------------------------------------------------------

    def recordings(self, limit: int = 50) -> list[dict[str, Any]]:
        """Newest first."""
        document = json.loads(self._asks(recordings.recordings, "list", "--limit", str(limit), "--json"))
        return list(document["recordings"] if isinstance(document, dict) else document)

    def record_of(self, recording_id: str) -> dict[str, Any]:
        document = json.loads(self._asks(recordings.recordings, "show", recording_id, "--json"))
        return dict(document)

    def opened(self, recording_id: str) -> Stereo:
        """The recording's samples (n x 2: far party, office), opened as a listener opens it."""
        return self.opened_and_told(recording_id)[0]

    def opened_and_told(self, recording_id: str) -> tuple[Stereo, str]:
        """The same, and what the command says of it."""
        path = self.root / f"{recording_id}.wav"
        said = self.export(recording_id, path)
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 2, 2)
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
        path.unlink()
        return samples, said

    def export(self, recording_id: str, path: Path) -> str:
        """Export as a listener does; gives what the command says."""
        done = self.earmark(
            *("export", recording_id, "--user", self.listener.name, "--out", str(path), "--force"),
            EARMARK_PASSWORD=self.listener.password,
        )
        return done.stdout

    def verify(self) -> subprocess.CompletedProcess[str]:
        return self.earmark("verify", may_fail=True)


def unix_s(told: str) -> float:
    """A time as the command line tells it, as seconds since 1970."""
    return datetime.fromisoformat(told).timestamp()


def line_settings(ports: Ports, notice: str = "call-recorded", mode: str = "always") -> dict[str, Any]:
    """One SIP line between the test trunk and the test phone, everything recorded; callers hear ``notice``, if any."""
    return {
        "office": {"name": "Test office", "country": "GB"},
        "lines": [
            {
                "name": "main",
                "kind": "sip",
                "mode": mode,
                "sip": {
                    "bind": f"127.0.0.1:{ports.box}",
                    "transports": ["udp", "tcp"],
                    "rtp_ports": ports.box_media,
                    "trunks": [
                        {
                            "name": "test",
                            "host": f"127.0.0.1:{ports.trunk}",
                            "addresses": [f"127.0.0.1:{port}" for port in (ports.trunk, ports.second_trunk)],
                        }
                    ],
                    "office": {
                        "host": f"127.0.0.1:{ports.office}",
                        "addresses": [f"127.0.0.1:{ports.office}"],
                    },
                },
                "notice": {"inbound": notice, "outbound": ""},
            }
        ],
        "web": {"bind": f"127.0.0.1:{ports.web}", "tls": False},
        "sign_in": {"second_factor": "offered"},
        "space": {"reserve_mb": 10},  # the disks of some tests are small
    }
