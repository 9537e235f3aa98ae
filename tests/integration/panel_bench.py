"""``earmark panel`` as a process on a terminal of its own, and processes that it can follow and ask."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.adapters.control.event_feed import Event, EventFeed
from firmware.adapters.control.server import ControlServer, Handler, Request
from firmware.core.errors import ActionRefused
from firmware.core.home import Home

HEARTBEATS_S = 0.2


@dataclass
class Beating:
    """A process's control socket, with heartbeats while it lives. Whatever is asked of a call is done to it."""

    socket_path: Path
    heartbeat: dict[str, object]
    feed: EventFeed = field(init=False)
    calls: list[Event] = field(default_factory=list)
    asked: list[tuple[str, str, object]] = field(default_factory=list)
    answers: dict[str, Handler] = field(default_factory=dict)
    refuses: bool = False

    def __enter__(self) -> Beating:
        self._ended = threading.Event()
        self.feed = EventFeed(lambda: list(self.calls))
        answers = {"POST /calls/{call_id}/{action}": self._ask, **self.answers}
        self._server = ControlServer(self.socket_path, answers, feed=self.feed)
        self._server.start()
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._server.stop()

    def call(self, call_id: str, **changes: Any) -> None:
        """A call as the lines would tell of it, begun or changed."""
        known = next((event.data for event in self.calls if event.data["call_id"] == call_id), {})
        usual = {"call_id": call_id, "line": "main", "state": "connected", "connected_at_ms": 1, "recording": True}
        told = Event("call", {**usual, "actions": ["pause", "mark"], **known, **changes})
        self.calls = [event for event in self.calls if event.data["call_id"] != call_id] + [told]
        self.feed.publish("call", told.data)

    @property
    def actions(self) -> list[tuple[str, str]]:
        """What was asked of which call."""
        return [(call_id, action) for call_id, action, _ in self.asked]

    def _ask(self, request: Request) -> dict[str, object]:
        call_id, action = request.parameters["call_id"], request.parameters["action"]
        self.asked.append((call_id, action, request.body))
        if self.refuses:
            raise ActionRefused("This call may not be paused.")
        match action:
            case "pause":
                self.call(call_id, paused=True, paused_how="panel", actions=["resume", "mark"])
            case "resume":
                self.call(call_id, paused=False, paused_how=None, actions=["pause", "mark"])
        return {"call": {}}

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEATS_S):
            self.feed.publish("heartbeat", self.heartbeat)


class PanelOnTerminal:
    """The simulated panel as a person has it before them."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "panel", "--simulated"]
        self.process = subprocess.Popen(
            [*command, *arguments], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, text=True
        )
        os.close(theirs)
        self.drawn = ""

    def key(self, keys: str) -> float:
        """Press keys; gives when."""
        os.write(self._ours, keys.encode())
        return time.monotonic()

    def until(self, words: str, within_s: float = 30.0) -> float:
        """Wait until something new is drawn that has these words; gives when."""
        return self.until_seen(lambda seen: words in seen, f"“{words}”", within_s)

    def until_seen(self, there: Callable[[str], bool], what: str, within_s: float = 30.0) -> float:
        seen, until_s = "", time.monotonic() + within_s
        while (left_s := until_s - time.monotonic()) > 0:
            if not select.select([self._ours], [], [], left_s)[0]:
                break
            more = os.read(self._ours, 65536).decode(errors="replace")
            seen += more
            self.drawn += more
            if there(seen):
                return time.monotonic()
        raise AssertionError(f"{what} was not shown within {within_s} s; last: {seen[-2000:]!r}")

    def stop(self) -> str:
        """End it as a person does; gives what it logged."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self, within_s: float = 15.0) -> str:
        _, log = self.process.communicate(timeout=within_s)
        return log

    def __enter__(self) -> PanelOnTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        os.close(self._ours)
