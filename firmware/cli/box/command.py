"""``earmark box``: the one process that runs as root, for the few things that need it.

It is asked on a control socket by processes that were let in by user, and by nobody over a network. What it can do is
the table below and nothing else.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Mapping

import click

from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer
from firmware.adapters.supervision import notify
from firmware.cli.box.disk import disk_routes
from firmware.cli.box.power import power_routes
from firmware.cli.box.routes import KEEPER, PANEL, WEB, BoxRoute, RoutesOf, guarded, vouched_by_the_opener
from firmware.cli.box.settings import OPENER, settings_routes
from firmware.cli.box.update import update_routes
from firmware.cli.disk.composition import disk_door, mark_empty_place
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.services.disk_door import DiskDoor, StickWatch

_LOG = logging.getLogger(__name__)
_BEAT_S = 1.0

#: Each adds its own routes: what they are called, who may ask, and what they do. The disk's are there as well.
ROUTES_OF: tuple[RoutesOf, ...] = (power_routes, update_routes, settings_routes)


def all_routes(home: Home, door: DiskDoor) -> dict[str, BoxRoute]:
    found = {"GET /health": BoxRoute(lambda _: {"state": "ok"}, (WEB, PANEL, KEEPER)), **disk_routes(door)}
    for routes_of in ROUTES_OF:
        more: Mapping[str, BoxRoute] = routes_of(home)
        if twice := found.keys() & more.keys():
            raise ValueError(f"two modules answer {', '.join(sorted(twice))}")
        found.update(more)
    return found


def _mark_place(home: Home) -> None:
    try:
        mark_empty_place(home)
    except EarmarkError as error:
        _LOG.error("the place of the data disk is not marked as empty: %s", error)


@click.command()
@click.pass_obj
def box(home: Home) -> None:
    """Run the process that does what needs root: unlocking the data disk, and the like."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # Not waited for: a disk that hangs must not keep the button from switching the box off.
    threading.Thread(target=_mark_place, name="mark-place", args=(home,), daemon=True).start()
    door = disk_door(home)
    watch = StickWatch(door)
    answers = guarded(all_routes(home, door), vouched_by_the_opener(home))
    with ControlServer(home.box_socket, answers, allow=these_users(WEB, PANEL, KEEPER, OPENER)):
        _LOG.info("ready on %s", home.box_socket)
        notify.ready()
        watch.start()
        while not stop.wait(_BEAT_S):
            watch.check()
            notify.watchdog()
    notify.stopping()
