"""One call being recorded: out of its ring, through the encoder and the sealer, into its segment's file.

``advance`` is called again and again by one worker at a time and does what is due; nothing in it waits. Whatever
cannot be written is kept, as it was sealed, and tried again: the call goes on, the ring holds some twenty seconds,
and what even the ring could not bridge becomes a gap of silence in the recording, never a shift in time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from firmware.core.call_record import CallRecord
from firmware.core.errors import StorageError
from firmware.core.left_out import total
from firmware.core.ogg_opus_writer import OggOpusWriter
from firmware.core.recording_session import BlockTiming, Resumption, resume
from firmware.core.ring_layout import FilesSoFar, RingState
from firmware.core.sealed_format import FrameType, SegmentHeader
from firmware.ports.audio_ring import AudioRingReader
from firmware.ports.recording_store import SegmentFile
from firmware.services.followed_ring import FollowedRing
from firmware.services.missing_audio import MissingAudio
from firmware.services.recording_parts import Earlier, RecordingParts
from firmware.services.ring_to_segment import RingToSegment
from firmware.services.segment_in_progress import SegmentInProgress

_LOG = logging.getLogger(__name__)


class RecordingInProgress:
    """One worker at a time calls ``advance``; everything else is for the recorder's main thread between advances."""

    def __init__(
        self,
        record: CallRecord,
        ring: AudioRingReader,
        parts: RecordingParts,
        claim: Callable[[], Earlier] = Earlier,
    ) -> None:
        """``claim`` tells what an earlier recorder left of this call, settled by then. It may raise StorageError."""
        self.record = record
        self.ring = ring
        self.fault = ""
        self.finished = False
        self._parts = parts
        self._claim = claim
        self._earlier = Earlier()
        self._rate = ring.header.sample_rate_hz
        self._encoder = parts.new_encoder(self._rate, ring.header.channels)
        self._timing = BlockTiming(self._rate, self._encoder.packet_samples, self._encoder.lookahead_samples)
        self._segment: SegmentInProgress | None = None
        self._written_until = self._flushed_until = self._written_gap = 0
        self._due_at_s = 0.0
        self._record_changed = True
        self._final_state: str | None = None
        self._missing = MissingAudio(record.recording_id, self._rate)
        self._followed = FollowedRing(ring, self._timing, self._missing.left_out)
        self._sealing = RingToSegment(ring, self._encoder, self._timing, self._missing)

    # --- what the main thread asks and tells

    @property
    def recording_id(self) -> str:
        return self.record.recording_id

    @property
    def started_at_ms(self) -> int:
        return self.record.started_at_ms

    @property
    def file(self) -> SegmentFile | None:
        """The segment's file, once it could be made."""
        return self._segment.file if self._segment else None

    @property
    def segment_start(self) -> int:
        return self._segment.start if self._segment else self._sealing.position

    @property
    def chain(self) -> bytes:
        return self._segment.chain if self._segment else self._earlier.chain

    @property
    def state(self) -> str:
        """As the final frame says it; "recording" before."""
        return self._final_state or "recording"

    @property
    def sealed_ms(self) -> int:
        return self._written_until * 1000 // self._rate

    @property
    def behind_ms(self) -> int:
        """How much of what was spoken is not yet in the file."""
        return max(0, self._readable() - self._written_until) * 1000 // self._rate

    @property
    def samples(self) -> int:
        return self._written_until

    @property
    def not_stored_ms(self) -> int:
        """Silence in place of audio that could not be stored, earlier segments included."""
        return self._missing.not_stored_ms

    @property
    def not_taken_ms(self) -> int:
        """Silence in place of audio that never came out of the lines."""
        return self._missing.not_taken_ms

    @property
    def paused_ms(self) -> int:
        """How long nothing was kept so far, what was dropped from before the requests included."""
        return total(self._missing.left_out.pauses(self._written_until)) * 1000 // self._rate

    @property
    def speech_ms(self) -> tuple[int, ...]:
        """For how long each channel was heard to speak, in what this process sealed."""
        return self._sealing.heard.speech_ms()

    @property
    def pause_news(self) -> int:
        """Differs whenever a pause has begun or ended."""
        return self._missing.left_out.pause_news

    @property
    def ending(self) -> str:
        """Complete or interrupted, once no more audio will come; else empty."""
        return self._final_state or ""

    @property
    def in_vain(self) -> bool:
        """Whether the call is over and no file could be made for any of it so far."""
        return self._final_state is not None and self._segment is None and bool(self.fault)

    @property
    def to_flush(self) -> bool:
        """Whether something was written that a flush has not yet made durable."""
        return self._written_until != self._flushed_until or (self.finished and self.file is not None)

    def update(self, record: CallRecord) -> None:
        """What is known of the call has changed."""
        if record != self.record:
            self.record = record
            self._record_changed = True

    def end(self, state: str) -> None:
        """No more audio will come: seal what the ring holds and close. ``state`` is complete or interrupted.

        Of a ring that nobody closed, the last second waits until its writer has been silent for a second.
        """
        self._final_state = self._final_state or state
        self._followed.end()

    def call_on(self, ring: AudioRingReader) -> None:
        """The lines process has offered the ring again after a broken connection: the call goes on.

        It is the same memory: what was read of it so far still holds.
        """
        ring.close()
        if not self.finished:
            self._final_state = None
            self._followed.go_on()

    def flushed(self) -> None:
        """Everything written is durable: the ring may forget it."""
        self._flushed_until = self._written_until
        if self._segment:
            number = self._segment.file.stored.segment
            self.ring.note_files(FilesSoFar(number + 1, self._written_gap, self._segment.written_chain))
        self.ring.acknowledge(self._flushed_until)

    def let_go_of_the_file(self) -> None:
        """It ends where it was last written; what was sealed since and could not be written is sealed anew by whoever
        goes on, with another key."""
        if self._segment:
            self._segment.file.close()

    def close(self) -> None:
        """Let go of the ring and the file."""
        self.let_go_of_the_file()
        self.ring.close()

    # --- what a worker does

    def advance(self, now_s: float) -> None:
        """Seal what is due and write it. A storage error is kept in ``fault`` and tried again next time.

        ``now_s`` is any monotonic clock; nothing is looked at before the next block can be due.
        """
        if now_s < self._due_at_s and self._final_state is None and not self._record_changed:
            return
        self._due_at_s = now_s
        self._followed.look(now_s)
        try:
            if self.finished or not (self._segment or self._begin()):
                return
            self._write()
            if not self.finished:
                self._sealing.skip_what_was_lost(self._must_have_segment(), self._lapping)
                self._seal_what_is_due()
                self._write()
                self._due_at_s = now_s + self._until_due_s()
        except StorageError as error:
            if not self.fault:
                _LOG.error("recording %s waits: %s", self.recording_id, error)
            self.fault = str(error)
        else:
            if self.fault:
                _LOG.info("recording %s goes on", self.recording_id)
            self.fault = ""

    def _begin(self) -> bool:
        """Make the segment's file. The first one starts at the recording's beginning, whatever is still there of it."""
        earlier = self._claim()
        if (
            earlier.complete
            and self.ring.writer_state() is RingState.CLOSED
            and self._readable() <= earlier.sealed_until
        ):
            # All of it was sealed already; the recorder before this one was stopped before it could say so.
            self._take_over(earlier)
            self._sealing.position = self._written_until = self._flushed_until = earlier.sealed_until
            self._final_state, self.finished = "complete", True
            return False
        at = Resumption(0, 0, 0)
        if earlier.next_segment:
            at = resume(self._timing, earlier.sealed_until, self.ring.oldest_intact(), self._lapping)
        header = SegmentHeader(
            self.recording_id,
            earlier.next_segment,
            0,
            self.started_at_ms,
            at.start,
            self._rate,
            earlier.chain,
            channels=self.ring.header.channels,
        )
        sealer = self._parts.sealer.begin(header)
        file = self._parts.store.create(
            self.recording_id, header.segment, self.started_at_ms, sealer.keyslot, sealer.header_block
        )
        self._segment = SegmentInProgress(at, file, sealer, self._ogg_writer(at))
        self._take_over(earlier)
        self._missing.note_gap(earlier.sealed_until, at.gap)
        self._sealing.position = self._written_until = self._flushed_until = at.start
        return True

    def _take_over(self, earlier: Earlier) -> None:
        self._earlier = earlier
        self._missing.earlier_gap_samples = self._written_gap = earlier.gap_samples

    def _ogg_writer(self, at: Resumption) -> OggOpusWriter:
        serial = UUID(self.recording_id).int & 0x7FFFFFFF
        pre_skip = at.pre_roll + self._timing.lookahead_samples
        return OggOpusWriter(self._rate, self._timing.packet_samples, pre_skip, serial, self.ring.header.channels)

    def _seal_what_is_due(self) -> None:
        segment = self._must_have_segment()
        if self._record_changed:
            self._record_changed = False
            segment.seal_event(self._sealing.position, {"kind": "record", "record": self.record.to_json()})
        self._sealing.seal_news(segment)
        readable = self._readable()
        if not self._followed.over:
            self._sealing.seal_due(segment, readable)
        elif self._sealing.seal_rest(segment, readable):
            self._seal_final(segment)

    def _until_due_s(self) -> float:
        """How long it takes at least until another block is old enough; the writer writes in real time."""
        due = self._sealing.position + self._timing.block_samples + self._timing.behind_samples
        return (due - self._readable()) / self._rate

    @property
    def _lapping(self) -> bool:
        """Whether the writer goes on writing over what we read."""
        return not self._followed.over

    def _readable(self) -> int:
        """Up to where audio is settled."""
        return self._followed.readable(self.record)

    def _seal_final(self, segment: SegmentInProgress) -> None:
        self._sealing.seal_news(segment)
        if self.record.ended_at_ms is None:
            self.record = self.record.broken_off(self.started_at_ms + self._sealing.position * 1000 // self._rate)
        document = {
            "state": self._final_state,
            "samples": self._sealing.position,
            "gaps": self._missing.gaps,
            "losses": self._missing.losses,
            **self._missing.left_out.totals(self._sealing.position),
            "record": self.record.to_json(),
        }
        kind = FrameType.FINAL if self._final_state == "complete" else FrameType.FINAL_INTERRUPTED
        segment.seal_final(kind, self._sealing.position, document)

    def _write(self) -> None:
        segment = self._must_have_segment()
        segment.write()
        self._written_until = self._sealing.position
        self._written_gap = self._missing.gap_samples
        self.finished = segment.final_sealed

    def _must_have_segment(self) -> SegmentInProgress:
        if self._segment is None:
            raise RuntimeError("the recording has no segment yet")
        return self._segment
