"""What the lines process says of the made-up calls: asked on its control socket, as any other client would."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.adapters.generator.exchange import CallPlan
from firmware.core.errors import ServiceAway

_ASK_AGAIN_S = 0.2
_BRIDGED = ("connected", "held")


class LinesCalls:
    """The calls in progress, asked for at most five times a second. One thread."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client
        self._asked_at_s = 0.0
        self._calls: list[Mapping[str, Any]] = []

    def find(self, plan: CallPlan) -> Mapping[str, Any] | None:
        """The call that was made by that plan, as last heard of; the newest if several fit."""
        self._ask()
        fitting = [call for call in self._calls if _fits(call, plan)]
        return fitting[-1] if fitting else None

    def not_bridged_yet(self, plan: CallPlan) -> bool:
        """Both parties may have answered, but one is still being told of the recording: nobody hears the other."""
        call = self.find(plan)
        return call is not None and call.get("state") not in _BRIDGED

    def _ask(self) -> None:
        now_s = time.monotonic()
        if now_s - self._asked_at_s < _ASK_AGAIN_S:
            return
        self._asked_at_s = now_s
        try:
            self._calls = list(self._client.get("/calls")["calls"])
        except ServiceAway:
            self._calls = []  # the call itself will tell


def _fits(call: Mapping[str, Any], plan: CallPlan) -> bool:
    caller = "withheld" if plan.withheld else plan.caller
    calling, called = ("far_party", "office_party") if plan.direction == "inbound" else ("office_party", "far_party")
    # A prefix for the outside line is taken off on the way.
    return bool(
        call.get("direction") == plan.direction
        and call.get(calling) == caller
        and plan.called.endswith(str(call.get(called)))
    )
