"""The box's routes for the data disk.

==========================  ==============================  ====================================================
route                       who                             what
==========================  ==============================  ====================================================
``GET /disk``               web, keeper, panel              whether the data disk is there
==========================  ==============================  ====================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.cli.box_routes import KEEPER, PANEL, WEB, BoxRoute
from firmware.core.home import Home


def disk_routes(home: Home) -> dict[str, BoxRoute]:
    def status(_: Request) -> Mapping[str, Any]:
        away = MarkedDataDisk(home).look()
        return {"recorded_on": not away, "why_not": away}

    return {"GET /disk": BoxRoute(status, (WEB, KEEPER, PANEL))}
