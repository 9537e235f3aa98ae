"""The opener's route for what people know of the box's health: it says to the keeper who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.services.access_requests import Reception
from firmware.services.known_findings import KnownFindings

_PATIENCE_S = 5.0
_LONGEST_ID = 200


class KeeperBehindItsSocket:
    """``KeeperOfFindings``."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._client = ControlClient(home.keeper_socket, _PATIENCE_S)
        self._clock = clock

    def findings(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._client.get("/findings")["findings"]
        return found

    def acknowledge(self, finding_id: str, by: str, until_ms: int | None) -> None:
        self._client.post("/findings/acknowledge", {"finding": finding_id, "by": by, "until_ms": until_ms})

    def now_ms(self) -> int:
        return self._clock.wall_ms()


def health_routes(home: Home, reception: Reception, clock: Clock) -> dict[str, Handler]:
    """Needs the token of a session; whose it is decides."""
    known = KnownFindings(reception, KeeperBehindItsSocket(home, clock))

    def acknowledge(request: Request) -> Mapping[str, Any]:
        days = request.body.get("for_days") if isinstance(request.body, dict) else None
        if not (days is None or isinstance(days, int)):
            raise RequestRefused("'for_days' is a number, or null.")
        known.acknowledge(request.token, request.text("finding", _LONGEST_ID), days)
        return {}

    return {"POST /findings/acknowledge": acknowledge}
