"""How a line tap's rings get to the recorder, as the tap needs it. ``RingSender`` does it."""

from __future__ import annotations

from typing import Protocol

from firmware.adapters.ring.writer import RingWriter
from firmware.core.call_record import CallRecord


class RingHandover(Protocol):
    """Gets rings to the recorder. None of its methods waits for it."""

    @property
    def connected(self) -> bool: ...

    def offer(self, record: CallRecord, ring: RingWriter) -> None:
        """Hand a ring over, now or when the recorder is back; the ring belongs to the hand-over from here on."""

    def update(self, record: CallRecord) -> None:
        """What is known of a call has changed."""

    def closed(self, record: CallRecord) -> None:
        """The ring is complete; it is released once the recorder has it all."""

    def not_recorded(self, record: CallRecord) -> None:
        """A call is over of which nothing was kept."""
