"""Starts processes again after their settings changed, each at a moment when that disturbs nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.socket_address import somebody_listens
from firmware.adapters.supervision.system_command import Done, run
from firmware.core.errors import ActionRefused, EarmarkError
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS, process_name

_LOG = logging.getLogger(__name__)
_LOOKS_EVERY_S = 3.0
_PATIENCE_S = 5.0
_LINES = {process_name(instance): instance for instance in WITH_CALLS}
#: What people are signed in to; it is left until nobody is.
_SIGNED_IN = ("opener", "web")
#: What starts again within the seconds that its neighbours can wait for it.
_AT_ONCE = ("recorder", "keeper", "panel", "lines-smdr")
_KNOWN = frozenset({*_LINES, *_SIGNED_IN, *_AT_ONCE})
#: A busy process may hold calls, and a restart would cut them.
_SILENT = "it does not answer, so nobody knows whom that would disturb"
#: Nobody may end it for a restart, so it is named before all other calls.
_AN_EMERGENCY = "an emergency call is in progress"

Command = Callable[..., Done]


class Moments(Protocol):
    def restart(self, processes: Sequence[str], *, now: bool = False) -> None: ...

    def waiting(self) -> Mapping[str, str]: ...


class QuietMoments:
    """Any thread. What waits is forgotten if this process ends; the health page then still tells what is not in effect.

    Args:
        command: runs one of the system's, as ``adapters.supervision.system_command.run`` does.
        looks_every_s: how long until what is in the way is looked at again.
        patience_s: how long a process has to say what is in the way.
    """

    def __init__(
        self,
        home: Home,
        command: Command = run,
        looks_every_s: float = _LOOKS_EVERY_S,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._home = home
        self._command = command
        self._looks_every_s = looks_every_s
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._waiting: dict[str, str] = {}
        self._watching = False

    def waiting(self) -> Mapping[str, str]:
        with self._lock:
            return dict(self._waiting)

    def restart(self, processes: Sequence[str], *, now: bool = False) -> None:
        """Start them again, each when that disturbs nobody.

        Args:
            now: whoever is disturbed. All the same no emergency call is cut off for it.

        Raises:
            ActionRefused: there is no such process; none was started again.
        """
        if unknown := [each for each in processes if each not in _KNOWN]:
            raise ActionRefused(f"There is no process {unknown[0]!r} to start again.")
        for process in processes:
            in_the_way = self._emergency(process) if now else self._in_the_way(process)
            with self._lock:
                self._waiting.pop(process, None)
                if in_the_way:
                    self._waiting[process] = in_the_way
            if not in_the_way:
                self._start_again(process)
        self._watch()

    def look(self) -> bool:
        """Start again what nothing is in the way of any more. False: nothing waits."""
        for process in self.waiting():
            in_the_way = self._in_the_way(process)
            with self._lock:
                if process not in self._waiting:
                    continue  # somebody had it started again meanwhile
                if in_the_way:
                    self._waiting[process] = in_the_way
                    continue
                del self._waiting[process]
            self._start_again(process)
        with self._lock:
            self._watching = bool(self._waiting)
            return self._watching

    def _watch(self) -> None:
        with self._lock:
            if self._watching or not self._waiting:
                return
            threading.Thread(target=self._go_on_looking, name="quiet-moments", daemon=True).start()
            self._watching = True

    def _go_on_looking(self) -> None:
        pause = threading.Event()
        goes_on = True
        while goes_on:
            pause.wait(self._looks_every_s)
            try:
                goes_on = self.look()
            except Exception:  # noqa: BLE001 - the thread's root: what waits is looked at again, whatever went wrong
                _LOG.exception("it could not be seen whether processes may start again; it is tried again")

    def _in_the_way(self, process: str) -> str:
        """In words, for the page; empty: nothing. A process that is there and does not say is not disturbed."""
        if process in _LINES:
            return self._told(self._home.lines_socket_of(_LINES[process]), _calls_in_progress)
        if process in _SIGNED_IN:
            return self._told(self._home.opener_socket, _people_signed_in)
        return ""

    def _emergency(self, process: str) -> str:
        if process not in _LINES:
            return ""
        return self._told(self._home.lines_socket_of(_LINES[process]), _emergency_in_progress)

    def _told(self, socket_path: Path, ask: Callable[[ControlClient], str]) -> str:
        try:
            return ask(ControlClient(socket_path, self._patience_s))
        except (EarmarkError, LookupError, TypeError, ValueError):
            return _SILENT if somebody_listens(socket_path, self._patience_s) else ""

    def _start_again(self, process: str) -> None:
        try:
            done = self._command("systemctl", "--no-block", "restart", f"earmark-{process}.service", package="systemd")
        except EarmarkError as error:
            _LOG.error("%s could not be started again: %s", process, error)
            return
        if done.code:
            _LOG.error("%s could not be started again: %s", process, done.said)


def _calls_in_progress(lines: ControlClient) -> str:
    calls = lines.get("/calls")["calls"]
    if any(call["emergency"] for call in calls):
        return _AN_EMERGENCY
    return f"{len(calls)} {'call is' if len(calls) == 1 else 'calls are'} in progress" if calls else ""


def _emergency_in_progress(lines: ControlClient) -> str:
    return _AN_EMERGENCY if any(call["emergency"] for call in lines.get("/calls")["calls"]) else ""


def _people_signed_in(opener: ControlClient) -> str:
    people = int(opener.get("/health")["signed_in"])
    return f"{people} {'person is' if people == 1 else 'people are'} signed in" if people else ""
