"""``earmark keeper``: the process that keeps recordings for their time and no longer, checks, archives and backs up.

It can unseal nothing. Its duties are in ``tasks``.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import click

from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer, Handler, Request
from firmware.adapters.sealing.exposed_keys import refuse_private_keys
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.keeper.health import KeeperHealth
from firmware.cli.keeper.parts import KeeperParts
from firmware.cli.keeper.tasks import DUTY_ROUTES, Duties, compose_duties
from firmware.cli.keeper.updates import update_at_work
from firmware.cli.keeper.web_hooks import KeeperWebHooks
from firmware.config.loader import load_settings
from firmware.core.errors import ServiceAway, StorageError
from firmware.core.home import Home
from firmware.services.keeper import Keeper

_LOG = logging.getLogger(__name__)
_BEAT_S = 1.0
_STARTS_WITHIN_BEATS = 30
_STOP_WITHIN_S = 5.0
_NICER_BY = 10


class KeeperProcess:
    """The keeper once there is a catalogue for it to look after; until then, what it waits for."""

    def __init__(self, home: Home, panel_listens: Callable[[], bool]) -> None:
        self._home = home
        self._keeper: Keeper | None = None
        self._duties: Duties | None = None
        self._waits_for = "the data disk"
        evidence = RecorderEvidenceDesk(home.recorder_socket)
        self._web_hooks = KeeperWebHooks(home, SystemClock(), evidence, NamedInstances(home.settings_file))
        further = [self._web_hooks.check]
        self._health = KeeperHealth(home, SystemClock(), evidence, self.snapshot, panel_listens, further)

    def begin(self) -> None:
        """Start the tasks, if they can be started now. Main thread; call it again and again.

        Raises:
            SettingsError, NotSetUp: the office's settings cannot be read.
        """
        if self._keeper is not None:
            return
        settings = load_settings(SettingsFile(self._home.settings_file))
        try:
            catalogue = open_beside_the_recorder(self._home.catalogue)
        except StorageError as error:
            self._waits_for = str(error)
            return
        evidence, clock = RecorderEvidenceDesk(self._home.recorder_socket), SystemClock()
        self._duties = compose_duties(KeeperParts(self._home, settings, catalogue, evidence, clock))
        self._keeper = Keeper(self._duties.tasks, clock)
        self._keeper.start()
        _LOG.info("at work on %s", self._home.data)

    @property
    def at_work(self) -> bool:
        return self._keeper is not None

    def snapshot(self) -> dict[str, Any]:
        """Any thread."""
        if self._keeper is None:
            return {"state": "starting", "attention": [self._waits_for], "tasks": []}
        return self._keeper.snapshot()

    def heartbeat(self) -> dict[str, Any]:
        """``snapshot`` with what the panel must show besides.

        Raises whatever ended the health rounds: the process must end, and is started anew.
        """
        failure = self._health.failure or self._web_hooks.failure
        if failure is not None:
            raise failure
        words, fault = self._health.panel_words()
        told = self.snapshot()
        state = "fault" if fault else "attention" if words else told["state"]
        known = self._health.known_subjects()
        attention, updating = [*told["attention"], *words], update_at_work(self._home)
        return {**told, "state": state, "attention": attention, "known": known, "updating": updating}

    def start_health(self) -> None:
        self._health.start()

    def start_web_hooks(self) -> None:
        """They need no data disk either."""
        self._web_hooks.start()

    def own_routes(self) -> dict[str, Handler]:
        """What is answered without a catalogue, too."""
        return {**self._health.routes(), **self._web_hooks.routes()}

    def look_now(self) -> None:
        """Any thread."""
        if self._keeper is not None:
            self._keeper.look_now()

    def ask(self, route: str, request: Request) -> Mapping[str, Any]:
        """Have a duty answer. Any thread.

        Raises:
            ServiceAway: there is no catalogue yet.
        """
        if self._duties is None:
            raise ServiceAway("The keeper is not at work yet.", self._waits_for)
        return self._duties.routes[route](request)

    def stop(self) -> None:
        self._health.stop()
        self._web_hooks.stop()
        if self._keeper is not None:
            self._keeper.stop(_STOP_WITHIN_S)


@click.command()
@click.pass_obj
def keeper(home: Home) -> None:
    """Run the process that keeps recordings for their time, and no longer."""
    os.nice(_NICER_BY)  # calls first
    refuse_private_keys(home)
    feed, stop = EventFeed(), threading.Event()
    process = KeeperProcess(home, lambda: feed.subscribers > 0)  # nobody else follows it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    process.begin()
    allow = these_users("earmark-opener", "earmark-web", "earmark-panel", "earmark-recorder")
    with ControlServer(home.keeper_socket, routes(process), feed=feed, allow=allow):
        _LOG.info("ready on %s", home.keeper_socket)
        process.start_health()
        process.start_web_hooks()
        notify.ready()
        beats = 0
        while not stop.wait(_BEAT_S):
            process.begin()
            beats += 1
            if process.at_work or beats > _STARTS_WITHIN_BEATS:  # a light that flashes at each start tells nothing
                feed.publish("heartbeat", process.heartbeat())
            notify.watchdog()
        notify.stopping()
        process.stop()


def routes(process: KeeperProcess) -> dict[str, Handler]:
    """The keeper's control socket."""

    def health(_: Request) -> Mapping[str, Any]:
        return {**process.snapshot(), "pid": os.getpid()}

    def look_now(_: Request) -> Mapping[str, Any]:
        process.look_now()
        return {}

    duties: dict[str, Handler] = {route: partial(process.ask, route) for route in DUTY_ROUTES}
    return {"GET /health": health, "POST /look-now": look_now, **process.own_routes(), **duties}
