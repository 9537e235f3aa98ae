"""Starting processes again after a change of settings: one that is there and does not say what it holds is left."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from firmware.adapters.control.server import ControlServer
from firmware.adapters.control.socket_address import bind
from firmware.adapters.supervision.system_command import Done
from firmware.cli.box.quiet_moments import QuietMoments
from firmware.core.errors import StorageError
from firmware.core.home import Home
from tests.integration.updated_box import eventually


class Machine:
    """What was started again on it."""

    def __init__(self, tmp_path: Path) -> None:
        self.home = Home(tmp_path)
        self.socket = self.home.lines_socket_of("sip")
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.ran: list[str] = []
        self.moments = QuietMoments(self.home, self._command, looks_every_s=0.02, patience_s=0.1)

    def _command(self, *words: str, package: str) -> Done:
        self.ran.append(words[-1])
        return Done(0, package, "")


def test_a_process_that_is_too_busy_to_tell_of_its_calls_is_not_cut_off(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with socket.socket(socket.AF_UNIX) as busy:
        bind(busy, machine.socket, 0o600)
        busy.listen(1)
        machine.moments.restart(["lines"])
        assert "does not answer" in machine.moments.waiting()["lines"]
        # With its queue full nobody gets as far as asking, and it is there all the same.
        assert machine.moments.look()
        assert machine.moments.look()
        assert machine.ran == []
    eventually(lambda: machine.ran == ["earmark-lines.service"])
    assert machine.moments.waiting() == {}


def test_one_that_is_not_there_is_started_at_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.moments.restart(["lines"])
    assert machine.ran == ["earmark-lines.service"]


def test_whatever_goes_wrong_while_it_waits_it_is_looked_at_again(tmp_path: Path) -> None:
    machine, told = Machine(tmp_path), [1]

    def calls(_: Any) -> dict[str, Any]:
        told.append(1)
        if len(told) == 2:
            return {"calls": [{}]}
        if len(told) == 3:
            raise StorageError("The data disk is locked.")
        return {"calls": None} if len(told) == 4 else {"calls": []}

    with ControlServer(machine.socket, {"GET /calls": calls}):
        machine.moments.restart(["lines"])
        eventually(lambda: machine.ran == ["earmark-lines.service"])
    assert len(told) == 5


def test_a_look_that_fails_is_not_the_last(tmp_path: Path) -> None:
    machine, calls = Machine(tmp_path), [{"state": "connected"}]
    with ControlServer(machine.socket, {"GET /calls": lambda _: {"calls": calls}}):
        machine.moments.restart(["lines"])
        whole = machine.moments.look
        failures = [OSError("no more handles")]

        def look() -> bool:
            if failures:
                raise failures.pop()
            return whole()

        machine.moments.look = look  # type: ignore[method-assign]  # a failure that no process can be made to have
        calls.clear()
        eventually(lambda: machine.ran == ["earmark-lines.service"])
    assert not failures
