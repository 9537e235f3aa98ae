"""Time as the machine knows it besides the clock on the wall: for judging that clock."""

from __future__ import annotations

from typing import Protocol

from firmware.core.clock_doubt import Moment


class MachineTime(Protocol):
    def now(self) -> Moment:
        """Both clocks, looked at together."""
        ...
