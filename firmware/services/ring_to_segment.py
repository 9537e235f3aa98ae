"""From a ring into a segment: what the ring holds is encoded block by block and sealed, in order and without a shift.

Audio that was written over before it could be sealed becomes silence of the same length, and is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware.core.heard_speech import ONE_IN, HeardSpeech
from firmware.core.recording_session import Block, BlockTiming, closing_block, due_block, resume
from firmware.ports.audio_ring import AudioRingReader
from firmware.ports.speech_encoder import SpeechEncoder
from firmware.services.missing_audio import MissingAudio, gap_event
from firmware.services.segment_in_progress import SegmentInProgress

_CHANGES_BORNE = 4


class RingToSegment:
    """Of one recording; ``position`` is the first sample that is not sealed yet. One thread at a time."""

    def __init__(
        self, ring: AudioRingReader, encoder: SpeechEncoder, timing: BlockTiming, missing: MissingAudio
    ) -> None:
        self.position = 0
        self._ring = ring
        self._encoder = encoder
        self._timing = timing
        self._missing = missing
        self.heard = HeardSpeech(ring.header.channels, timing.sample_rate_hz)

    def seal_due(self, segment: SegmentInProgress, readable: int) -> None:
        """All blocks of a call that goes on which are a second old."""
        while block := due_block(self._timing, self.position, readable):
            if not self._seal_block(segment, block):
                return

    def seal_rest(self, segment: SegmentInProgress, readable: int) -> bool:
        """All that is left of a call that is over; False when some of it was written over meanwhile."""
        while self.position < readable or segment.audio_frames:
            block = closing_block(self._timing, self.position, readable)
            if not self._seal_block(segment, block):
                return False
            if block.last:
                break
        return True

    def skip_what_was_lost(self, segment: SegmentInProgress, lapping: bool) -> None:
        """Put silence where the ring has gone round before its audio could be stored, and may again (``lapping``)."""
        oldest = self._ring.oldest_intact()
        if self.position >= oldest:
            return
        at = resume(self._timing, self.position, oldest, lapping)
        self._missing.note_gap(self.position, at.gap)
        segment.seal_event(self.position, gap_event(self.position, at.gap))
        # A segment that has no audio yet owes its pre-roll, too.
        silence = self._encoder.silence(at.gap + segment.owed_pre_roll)
        segment.seal_audio(self.position, at.gap, segment.ogg.pages(silence))
        self.position = at.start

    def seal_news(self, segment: SegmentInProgress) -> None:
        """What the lines noted meanwhile: told before the audio that it is about."""
        for event in self._missing.news(self._ring, segment.start):
            segment.seal_event(self.position, event)

    def _seal_block(self, segment: SegmentInProgress, block: Block) -> bool:
        """Encode and seal one block, unless its audio was written over meanwhile."""
        start, samples = block.start - segment.owed_pre_roll, block.samples + segment.owed_pre_roll
        packets = self._encoded(start, samples)
        if packets is None:
            return False
        self._listen(block)
        self.seal_news(segment)
        end = block.end - segment.start if block.last else None
        segment.seal_audio(block.start, block.counted, segment.ogg.pages(packets, end))
        self.position = block.end
        return True

    def _listen(self, block: Block) -> None:
        """Whether somebody speaks in it."""
        if not block.counted:
            return
        length_ms = block.counted * 1000 / self._timing.sample_rate_hz
        for channel in range(self._ring.header.channels):
            some = self._ring.block(channel, block.start, block.samples)[::ONE_IN].tolist()
            self.heard.note(channel, some, length_ms)

    def _encoded(self, start: int, samples: int) -> Sequence[bytes] | None:
        """The packets of what the ring holds there; None when it was written over, or keeps changing."""
        for _ in range(_CHANGES_BORNE):
            generation = self._ring.generation()
            packets = self._encoder.encode(lambda channel: self._ring.block_address(channel, start, samples), samples)
            if self._ring.overrun(start):
                self._encoder.roll_back()
                return None
            if self._ring.generation() == generation:
                return packets
            # Something was wiped or masked while we read: what was just encoded may hold it.
            self._encoder.roll_back()
        return None
