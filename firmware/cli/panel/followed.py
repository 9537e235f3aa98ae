"""The event streams that the front panel follows."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from firmware.adapters.control.client import ControlClient, Event
from firmware.adapters.control.event_follower import EventFollower
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.core.home import Home
from firmware.core.lines_instance import LINES_INSTANCES, LinesInstance, process_name
from firmware.services.panel_view import PanelView

_FOLLOW_EVERY_S = 2.0

# What a process said, waiting for the panel's own thread to tell the view.
Heard = queue.SimpleQueue[Callable[[], None]]


class FollowedOffice:
    """The event streams that are followed, and what came on them. One thread.

    Args:
        home: whose processes; which there are goes by its settings, and is looked at anew now and then.
        view: told what they say.
    """

    def __init__(self, home: Home, view: PanelView) -> None:
        self._home = home
        self._view = view
        self._named = NamedInstances(home.settings_file)
        self._heard: Heard = queue.SimpleQueue()
        self._followers: dict[str, EventFollower] = {}
        self._look_at_s = 0.0

    def look(self) -> None:
        """Tell the view what was said since."""
        if time.monotonic() >= self._look_at_s:
            self._look_at_s = time.monotonic() + _FOLLOW_EVERY_S
            lines = _lines_sockets(self._home, self._named())
            self._view.follow(lines)
            self._become({**lines, "recorder": self._home.recorder_socket, "keeper": self._home.keeper_socket})
        while not self._heard.empty():
            self._heard.get()()

    def stop(self) -> None:
        self._become({})

    def _become(self, sockets: Mapping[str, Path]) -> None:
        """Follow these processes, by their names, and no others."""
        for gone in self._followers.keys() - sockets.keys():
            self._followers.pop(gone).stop()
        for name in sockets.keys() - self._followers.keys():
            self._followers[name] = self._follower(name, ControlClient(sockets[name]))
            self._followers[name].start()

    def _follower(self, process: str, client: ControlClient) -> EventFollower:
        def opened() -> None:
            self._heard.put(partial(self._view.stream_opened, process))

        def said(event: Event) -> None:
            self._heard.put(partial(self._view.tell, process, event.kind, event.data))

        def away() -> None:
            """The view notices the silence by itself."""

        return EventFollower(f"follow-{process}", client, opened, said, away)


def _lines_sockets(home: Home, instances: Sequence[LinesInstance]) -> dict[str, Path]:
    return {process_name(instance): home.lines_socket_of(instance) for instance in instances}


def lines_clients(home: Home, within_s: float) -> Callable[[str], ControlClient]:
    """How to ask each process that holds or hears calls, by its name; one that takes longer does not answer."""
    sockets = _lines_sockets(home, LINES_INSTANCES)
    return lambda process: ControlClient(sockets[process], within_s)
