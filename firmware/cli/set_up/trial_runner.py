"""Starts and ends the trial of lines: by systemd on a box, where it has a user of its own; elsewhere as a child."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_command import Done, run
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError, ServiceAway
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS

_PATIENCE_S = 2.0
_STOP_WITHIN_S = 20.0
#: Where the unit has its sockets: in memory, and gone with it.
ON_A_BOX = Path("/run/earmark-trial")
_UNIT = "earmark-trial.service"

Command = Callable[..., Done]


class TrialRunner(Protocol):
    """Any thread but two at once."""

    @property
    def runs(self) -> bool: ...

    def begin(self, settings: Settings) -> None:
        """Try these lines, in place of those that are tried now."""
        ...

    def look(self) -> Mapping[str, Any]:
        """{lines, calls, ears, ended}; of what does not answer, nothing."""
        ...

    def end(self) -> None: ...


def trial_of(home: Home) -> Home:
    """What the lines on trial are told, and in a clone all else they have."""
    return Home(home.root / "first-start" / "trial")


def trial_settings(settings: Settings) -> dict[str, Any]:
    """The same, with every call metered: rules and modes say what is kept, and here nothing is."""
    document = dict(settings.to_document())
    document["lines"] = [{**line, "mode": "always"} for line in document["lines"]]
    return document | {"rules": [], "extensions": []}


class ChildTrial:
    """Where there is no systemd: a clone, and tests."""

    def __init__(self, home: Home) -> None:
        self._home = trial_of(home)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def begin(self, settings: Settings) -> None:
        self.end()
        write_trial(self._home, settings)
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(self._home.root), "trial"]
        with (self._home.root / "trial.log").open("wb") as said:
            self._child = subprocess.Popen(command, stdout=said, stderr=said)

    def look(self) -> Mapping[str, Any]:
        return looked_at(self._home)

    def end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class UnitTrial:
    """On a box. The unit copies the settings to where its user reads them."""

    def __init__(self, home: Home, command: Command = run) -> None:
        self._home = trial_of(home)
        self._command = command

    @property
    def runs(self) -> bool:
        return self._systemctl("is-active", "--quiet", _UNIT).code == 0

    def begin(self, settings: Settings) -> None:
        write_trial(self._home, settings)
        done = self._systemctl("restart", _UNIT)
        if done.code:
            raise ServiceAway(f"The lines cannot be tried: {done.said}", "Look at the lines' settings, and try again.")

    def look(self) -> Mapping[str, Any]:
        return looked_at(Home(ON_A_BOX))

    def end(self) -> None:
        self._systemctl("stop", _UNIT)

    def _systemctl(self, *words: str) -> Done:
        return self._command("systemctl", *words, package="systemd")


def write_trial(home: Home, settings: Settings) -> None:
    for folder in (home.state, home.prompts, home.run):
        make_private_folder(folder)
    SettingsFile(home.settings_file).replace(trial_settings(settings))


def looked_at(home: Home) -> dict[str, Any]:
    meter = _told(home.trial_socket, "/levels")
    lines: list[Any] = []
    ears: dict[str, Any] = {}
    for instance in WITH_CALLS:
        socket = home.lines_socket_of(instance)
        found = _told(socket, "/health").get("lines", []) if socket.exists() else []
        lines += found
        if instance == "analogue":
            ears = {str(line["name"]): _told(socket, path_of("lines", str(line["name"]), "ear")) for line in found}
    return {"lines": lines, "ears": ears, "calls": meter.get("calls", []), "ended": meter.get("ended", {})}


def _told(socket: Path, path: str) -> Mapping[str, Any]:
    try:
        return ControlClient(socket, _PATIENCE_S, these_users("earmark-lines")).get(path)
    except EarmarkError:
        return {}
