"""Watching one line during a trial: its calls, its health, and whether Enter was pressed."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.home import Home
from firmware.core.line_verdict import SeenCall, Verdict
from firmware.core.lines_instance import LinesInstance
from firmware.core.party_number import shortened

_LOOK_EVERY_S = 0.2


class CallWatch:
    """One line, by the process that has it.

    Attributes:
        calls: every call seen on it so far, by its id, as it last was.
    """

    def __init__(self, home: Home, instance: LinesInstance, line: str) -> None:
        self.line = line
        self._client = ControlClient(home.lines_socket_of(instance))
        self.calls: dict[str, SeenCall] = {}
        self.in_progress = 0

    def ear(self) -> dict[str, Any]:
        """What an analogue line hears now. Raises ServiceAway when its process does not run."""
        return self._client.get(path_of("lines", self.line, "ear"))

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = next(each for each in self._client.get("/health")["lines"] if each["name"] == self.line)
        return found

    def recorder_connected(self) -> bool:
        return bool(self._client.get("/health")["recorder_connected"])

    def look_at_calls(self) -> None:
        now = [call for call in self._client.get("/calls")["calls"] if call["line"] == self.line]
        self.in_progress = len(now)
        for call in now:
            before = self.calls.get(call["call_id"])
            recorded = bool(call["recording"]) or (before is not None and before.recorded)
            self.calls[call["call_id"]] = SeenCall(call["direction"], _shown(str(call["far_party"])), recorded)

    def forget_calls(self) -> None:
        self.calls.clear()

    def wait(self, look: Callable[[], bool], patience_s: float) -> None:
        """Look again and again, until ``look`` says that it is enough, Enter is pressed or patience ends."""
        until_s = time.monotonic() + patience_s
        while not look() and time.monotonic() < until_s:
            if _entered(_LOOK_EVERY_S):
                return


def say(verdicts: list[Verdict]) -> bool:
    """Print what was found; gives whether all is well."""
    for verdict in verdicts:
        mark = click.style("ok  ", fg="green") if verdict.ok else click.style("look", fg="yellow")
        click.echo(f"    {mark}  {verdict.what}")
        if verdict.remedy:
            click.echo(f"          {verdict.remedy}")
    return all(verdict.ok for verdict in verdicts)


def _entered(timeout_s: float) -> bool:
    """Whether a line is typed meanwhile. Where nobody can type, only wait."""
    if not sys.stdin.isatty():
        time.sleep(timeout_s)  # a poll loop: the process of the line tells when asked
        return False
    readable, _, _ = select.select([sys.stdin], [], [], timeout_s)
    return bool(readable) and bool(sys.stdin.readline())


def _shown(party: str) -> str:
    """A number as an installer may see it: its last three digits."""
    return shortened(party) if any(character.isdigit() for character in party) else party
