"""A ring as its recorder follows it: up to where it may be read, and whether its end has come."""

from __future__ import annotations

from firmware.core.call_record import CallRecord
from firmware.core.left_out import LeftOut
from firmware.core.recording_session import BlockTiming
from firmware.core.ring_layout import RingState
from firmware.ports.audio_ring import AudioRingReader

_CHANNEL_LAG_MS = 200
# A lines process whose connection broke may live on, and pause: what is younger than a look-back is sealed only once
# nothing has been written for longer than that.
_SILENT_FOR_S = 1.0
_SET_MEANWHILE_MS = 2000


class FollowedRing:
    """Until the end has come, what is younger than a second is not for sealing: a pause may yet wipe it.

    It has come when the writer closed the ring, having wiped whatever it still had to; or when the writer is known to
    be gone, and has been silent for a second.
    """

    def __init__(self, ring: AudioRingReader, timing: BlockTiming, left_out: LeftOut) -> None:
        self.ring = ring
        self._timing = timing
        self._left_out = left_out
        self._ending = False
        self._over = False
        self._heartbeat_ns = -1
        self._silent_since_s = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing can be written, nor wiped, any more."""
        return self._over

    def end(self) -> None:
        """Its writer has closed it, or is gone."""
        self._ending = True

    def go_on(self) -> None:
        """Its writer is there after all."""
        self._ending = self._over = False
        self._heartbeat_ns = -1

    def look(self, now_s: float) -> None:
        """See whether the end has come. ``now_s`` is any monotonic clock."""
        if not self._ending:
            return
        heartbeat_ns = self.ring.heartbeat_monotonic_ns()
        if heartbeat_ns != self._heartbeat_ns:
            self._heartbeat_ns, self._silent_since_s = heartbeat_ns, now_s
        closed = self.ring.writer_state() is RingState.CLOSED
        self._over = closed or now_s - self._silent_since_s >= _SILENT_FOR_S

    def readable(self, record: CallRecord) -> int:
        """Up to where audio is settled: all that a writer wrote who died, but for a pause that it did not heed."""
        if not self._over or self.ring.writer_state() is RingState.CLOSED:
            return self.ring.readable(self._timing.sample_rate_hz * _CHANNEL_LAG_MS // 1000)
        written = self.ring.readable(0)
        return min(written, self._unheeded_pause(record, written))

    def _start_ms(self, record: CallRecord) -> int:
        """When the ring began, by the clock that the call goes by: another one if it was set since it came."""
        start_ms = self.ring.start_wall_ns // 1_000_000
        return start_ms if abs(start_ms - record.started_at_ms) < _SET_MEANWHILE_MS else record.started_at_ms

    def _unheeded_pause(self, record: CallRecord, written: int) -> int:
        """Where a pause was to begin for which the lines process died before it could wipe the ring; else ``written``.

        Times of day are not to be relied upon: never further back than what may be dropped at all.
        """
        if not record.paused:
            return written
        after_start_ms = record.pauses[-1].started_at_ms - self._start_ms(record)
        start = max(after_start_ms * self._timing.sample_rate_hz // 1000, written - self._timing.behind_samples)
        return written if self._left_out.paused_after(start, written) else start
