"""One segment of a recording while it grows: its file, its sealer, and what is sealed and not yet written."""

from __future__ import annotations

import json
from typing import Any

from firmware.core.ogg_opus_writer import OggOpusWriter
from firmware.core.recording_session import Resumption
from firmware.core.sealed_format import FrameType
from firmware.ports.recording_store import SegmentFile
from firmware.ports.sealer import SegmentSealer


class SegmentInProgress:
    """A frame is sealed once: what cannot be written is kept byte for byte and tried again.

    Args:
        at: where the segment starts to play, and how much it begins early.

    ``written_chain`` is the head of the chain in the file, without what is still to be written.
    """

    def __init__(self, at: Resumption, file: SegmentFile, sealer: SegmentSealer, ogg: OggOpusWriter) -> None:
        self.at = at
        self.file = file
        self.ogg = ogg
        self.audio_frames = 0
        self.final_sealed = False
        self._sealer = sealer
        self._pending = bytearray()
        self.written_chain = sealer.chain

    @property
    def start(self) -> int:
        """The sample with which the segment starts to play."""
        return self.at.start

    @property
    def chain(self) -> bytes:
        """The head of the chain after what was sealed."""
        return self._sealer.chain

    @property
    def owed_pre_roll(self) -> int:
        """Samples that its first audio frame must begin early, so that the decoder has settled."""
        return 0 if self.audio_frames else self.at.pre_roll

    def seal_audio(self, start: int, count: int, pages: bytes) -> None:
        """Seal Ogg pages that play ``count`` samples from ``start`` on."""
        self._pending += self._sealer.seal(FrameType.AUDIO, start, count, pages)
        self.audio_frames += 1

    def seal_event(self, at: int, document: dict[str, Any]) -> None:
        """Seal something to know about the recording, told at sample ``at``."""
        self._pending += self._sealer.seal(FrameType.EVENT, at, 0, _json(document))

    def seal_final(self, kind: FrameType, samples: int, document: dict[str, Any]) -> None:
        """Seal the end; nothing may follow."""
        whole = document | {"audio_frames": self.audio_frames, "chain": self.chain.hex()}
        self._pending += self._sealer.seal(kind, samples, 0, _json(whole))
        self.final_sealed = True

    def write(self) -> None:
        """Everything sealed so far goes to the file in one piece, or stays for the next try.

        Raises:
            StorageError: it stays.
        """
        if self._pending:
            self.file.append(bytes(self._pending))
            self._pending.clear()
            self.written_chain = self.chain


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
