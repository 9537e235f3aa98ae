"""What reports count of calls. Numbers only: nobody who called is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CallCounts:
    """Of some calls: how many, and how long.

    Attributes:
        inbound: came from outside.
        recorded: of which something was kept, or is being kept now.
        paused: whose recording was paused at least once.
        opted_out: whose far party asked not to be recorded.
        talked_ms: from answer to end.
        recorded_ms: of recorded sound, without what was paused.
    """

    calls: int = 0
    inbound: int = 0
    recorded: int = 0
    paused: int = 0
    opted_out: int = 0
    talked_ms: int = 0
    recorded_ms: int = 0

    def __add__(self, other: CallCounts) -> CallCounts:
        return CallCounts(
            self.calls + other.calls,
            self.inbound + other.inbound,
            self.recorded + other.recorded,
            self.paused + other.paused,
            self.opted_out + other.opted_out,
            self.talked_ms + other.talked_ms,
            self.recorded_ms + other.recorded_ms,
        )

    @property
    def not_recorded(self) -> int:
        return self.calls - self.recorded

    def share(self, count: int) -> float:
        """So many of the calls, 0 to 100."""
        return 100 * count / self.calls if self.calls else 0.0


@dataclass(frozen=True)
class CallTable:
    """A period's calls by the office's day, by line and by extension; of a call without one, it is empty."""

    by_day: Mapping[date, CallCounts]
    by_line: Mapping[str, CallCounts]
    by_extension: Mapping[str, CallCounts]

    @property
    def total(self) -> CallCounts:
        return sum(self.by_day.values(), CallCounts())
