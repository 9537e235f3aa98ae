"""The audio path of one recording: a line's ear in C → the ring → the recorder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware.adapters.ring.handover import RingHandover
from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.ring.writer import RingWriter
from firmware.core.call_record import CallRecord
from firmware.core.errors import AudioPathError
from firmware.native.tapped_line import TappedLine


class LineAudio:
    """One running recording. ``record`` is what was known of the call when it began.

    Args:
        record: what is known of the call.
        ear: the line's.
        sample_rate_hz: the ear's.
        from_number: the first sample that belongs to the recording, if it is kept yet.
        number_now: gives the sample that the card takes at this moment.
        handover: gets the ring to the recorder.
        lock: keeps it in memory.
        paused: keeps nothing before ``resume``.

    Raises:
        AudioPathError: no memory. Nothing is left behind.
    """

    def __init__(
        self,
        record: CallRecord,
        ear: TappedLine,
        sample_rate_hz: int,
        from_number: int,
        number_now: Callable[[], int],
        handover: RingHandover,
        lock: MemoryLock,
        paused: bool,
    ) -> None:
        self._ear: Final = ear
        self._number_now: Final = number_now
        self._handover: Final = handover
        self._ring = RingWriter.create(record.recording_id, sample_rate_hz, lock, channels=ear.channels)
        try:
            ear.record(self._ring.fd, from_number, paused)
        except AudioPathError:
            self._ring.release()
            raise
        self.record: Final = record
        handover.offer(record, self._ring)

    def pause(self, look_back_ms: int) -> None:
        """Keep nothing from ``look_back_ms`` before now on."""
        self._ear.pause(look_back_ms)

    def resume(self) -> int:
        """Keep again what the card takes from now on: what it has taken and nobody has read yet was said before."""
        return self._ear.resume(self._number_now())

    def stop(self, record: CallRecord) -> CallRecord:
        """Take nothing from now on and close the ring."""
        self._ring.close(self._ear.stop())
        self._handover.closed(record)
        return record
