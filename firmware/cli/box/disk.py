"""The box's routes for the data disk.

==========================  ==============================  ====================================================
route                       who                             what
==========================  ==============================  ====================================================
``GET /disk``               web, keeper, panel              its state, whether a stick is in, what went wrong
``POST /disk/open``         web, with a person's token      unlock it {pass_phrase}
``POST /disk/close``        web, with a person's token      lock it; calls go to the spool from then on
``POST /disk/format``       root: the box's first start     encrypt it while it is blank {pass_phrase}
``POST /disk/first-open``   root: the box's first start     unlock it while there are no people yet {pass_phrase}
==========================  ==============================  ====================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.keys.typed_phrase import normalised
from firmware.adapters.keys.wiping import wipe
from firmware.cli.box.routes import KEEPER, PANEL, WEB, BoxRoute
from firmware.cli.opener.people_wire import secret
from firmware.core.box_acts import CLOSE_DISK, OPEN_DISK
from firmware.services.disk_door import DiskDoor


def disk_routes(door: DiskDoor) -> dict[str, BoxRoute]:
    def status(_: Request) -> Mapping[str, Any]:
        return door.status()

    def open_disk(request: Request) -> Mapping[str, Any]:
        with _key(request) as key:
            door.open(key)
        return door.status()

    def format_disk(request: Request) -> Mapping[str, Any]:
        with _key(request) as key:
            door.format(key)
        return door.status()

    def close_disk(_: Request) -> Mapping[str, Any]:
        door.close()
        return door.status()

    return {
        "GET /disk": BoxRoute(status, (WEB, KEEPER, PANEL)),
        "POST /disk/open": BoxRoute(open_disk, (WEB,), OPEN_DISK),
        "POST /disk/close": BoxRoute(close_disk, (WEB,), CLOSE_DISK),
        "POST /disk/format": BoxRoute(format_disk, ()),
        "POST /disk/first-open": BoxRoute(open_disk, ()),
    }


@contextmanager
def _key(request: Request) -> Iterator[bytes]:
    """What somebody typed, as the disk takes it; wiped at the end."""
    with secret(request, "pass_phrase") as typed:
        key = normalised(typed)
        try:
            yield key
        finally:
            wipe(key)
