"""The calls in progress of all processes that hold or hear any, as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from firmware.core.lines_instance import LinesInstance

#: connecting: no process answers; partly: some do; live: all.
Connection = Literal["connecting", "partly", "live"]
Call = Mapping[str, Any]
Calls = Mapping[str, Call]


@dataclass(frozen=True)
class CallsNow:
    """What a page shows.

    Attributes:
        held: by process, its calls by call id in the order in which they were first told; None: it does not answer.
        recordings: grows whenever a recording begins or ends, so that a list of them can be brought up to date.
    """

    held: Mapping[LinesInstance, Calls | None] = field(default_factory=dict)
    recordings: int = 0

    @property
    def connection(self) -> Connection:
        answering = [calls is not None for calls in self.held.values()]
        if answering and all(answering):
            return "live"
        return "partly" if any(answering) else "connecting"

    @property
    def calls(self) -> Calls:
        """All that are known, by call id."""
        return {call_id: call for calls in self.held.values() for call_id, call in (calls or {}).items()}

    def holders(self, call_id: str) -> list[LinesInstance]:
        """Which process has a call: one, or none."""
        return [instance for instance, calls in self.held.items() if call_id in (calls or {})]

    def holders_at(self, extension: str) -> list[LinesInstance]:
        """Which processes have calls of an extension."""
        return [
            instance
            for instance, calls in self.held.items()
            if any(is_at(call, extension) for call in (calls or {}).values())
        ]

    def with_calls(self, instance: LinesInstance, calls: Calls | None) -> CallsNow:
        """The same, with what one process has; unchanged where nobody cares for it any more."""
        if instance not in self.held or self.held[instance] == calls:
            return self
        return replace(self, held={**self.held, instance: calls})

    def of(self, instances: tuple[LinesInstance, ...]) -> CallsNow:
        """The same, of these processes and no others."""
        if tuple(self.held) == instances:
            return self
        return replace(self, held={instance: self.held.get(instance) for instance in instances})


def is_at(call: Call, extension: str) -> bool:
    """Whether it is that extension's: its number as it is dialled, or in the one form that all numbers have here."""
    return extension in (call.get("extension"), call.get("office_party"))
