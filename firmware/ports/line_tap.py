"""A line tap: where calls come from and where what was decided about them is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.call.effects import Effect
from firmware.core.call_record import CallRecord
from firmware.core.events import Event
from firmware.core.line import CallRequest, LineHealth
from firmware.ports.clock import Moment


@dataclass(frozen=True)
class CallOffered:
    """A new call stands at the door. Its caller's leg is leg 0."""

    line: str
    request: CallRequest


@dataclass(frozen=True)
class CallHappening:
    """Something happened to a call that is known already."""

    call_id: str
    event: Event


@dataclass(frozen=True)
class Stamped:
    """What a tap saw, and when it reached the box; where that is not known, the earliest that it may have."""

    what: CallOffered | CallHappening
    at: Moment


class LineTap(Protocol):
    """One kind of line. Every method is for the dispatcher's thread, the one that called ``start``."""

    def start(self) -> None:
        """Open the line.

        Raises:
            LineError: its settings cannot work.
            AddressInUse: its port is taken.
        """

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        """Let the line work, wait at most ``max_wait_ms`` for something to happen, and give what did, in order."""

    def perform(self, call_id: str, effect: Effect) -> None:
        """Carry out one effect of a call. What the network or a peer does never raises: it comes back as an event.

        Recording and timers are not the line's: it ignores them.
        """

    def working_trunks(self, line: str) -> frozenset[str]:
        """The trunks that calls may go out by, as far as is known."""

    def servers(self, line: str) -> Mapping[str, Sequence[str]]:
        """The servers of each trunk that is known to have several, the one to try first coming first."""

    def health(self) -> Sequence[LineHealth]: ...

    def attend(self) -> None:
        """Once a second: measure what is being recorded, and say what needs saying."""

    def start_recording(self, record: CallRecord) -> None:
        """Let the recorder hear a bridged call from now; a record that is ``paused`` starts so, with nothing kept.

        Raises:
            AudioPathError: it cannot; the call is untouched.
        """

    def resume_recording(self, call_id: str) -> int:
        """Keep again what is said from now on; gives how many ms it takes until what the line holds has passed."""

    def stop_recording(self, record: CallRecord) -> CallRecord:
        """End the recording; gives its final record, with each leg's report."""

    def update_recording(self, record: CallRecord) -> None:
        """Tell the recorder what is now known of a call that it records."""

    def not_recorded(self, record: CallRecord) -> None:
        """Tell the recorder of a call that is over, of which nothing was kept."""

    def recorder_connected(self) -> bool:
        """Whether the recorder is there at this moment. Calls and rings go on without it."""

    def close(self) -> None:
        """End every leg with a goodbye, then let go of everything. Safe to call twice."""
