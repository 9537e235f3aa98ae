"""A recorder whose every look at the ring is used against it, and lines that anything may happen to."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.core.call_record import CallRecord, Party
from firmware.core.ogg_opus import read_pages
from firmware.core.ring_layout import RingState
from firmware.core.sealed_format import FrameType, SegmentHeader
from firmware.ports.recording_store import SegmentDigest, StoredSegment
from firmware.services.recording_in_progress import RecordingInProgress
from firmware.services.recording_parts import Earlier, RecordingParts
from tests.contract.native_ring import NativeRing

RATE = 8000
FRAME = 160
TICK_MS = 20
SHORTEST_LOOK_BACK = 640
LOOKAHEAD = 24
PACKET = 480
TURN_S = 0.125
Pcm = NDArray[np.int16]
Act = tuple[Literal["speak"], int] | tuple[Literal["pause"], int] | tuple[Literal["resume"]] | tuple[str, int, int]

RECORD = CallRecord("0" * 32, "c1", "main", "inbound", Party("02079460123"), Party("201"), 0, "line main", "pausable")


class Keeper:
    """An encoder that compresses nothing, and holds back the last few samples as a real one does."""

    packet_samples = PACKET
    lookahead_samples = LOOKAHEAD

    def __init__(self, _rate: int, _channels: int = 2) -> None:
        self._held = np.zeros((2, LOOKAHEAD), np.int16)
        self._before = self._held

    def encode(self, address_of: Callable[[int], int], samples: int) -> list[bytes]:
        heard = [ctypes.string_at(address_of(channel), samples * 2) for channel in (0, 1)]
        return self._packets(np.stack([np.frombuffer(voice, np.int16) for voice in heard]))

    def silence(self, samples: int) -> list[bytes]:
        return self._packets(np.zeros((2, samples), np.int16))

    def roll_back(self) -> None:
        self._held = self._before

    def _packets(self, block: Pcm) -> list[bytes]:
        whole = np.concatenate([self._held, block], axis=1)
        self._before, self._held = self._held, whole[:, -LOOKAHEAD:]
        return [whole[:, at : at + PACKET].tobytes() for at in range(0, block.shape[1], PACKET)]


@dataclass
class OpenSegment:
    """A segment that anybody can read: its frames as they were sealed, those that were written counted."""

    header: SegmentHeader
    frames: list[tuple[FrameType, int, int, bytes]] = field(default_factory=list)
    written: int = 0
    header_block = keyslot = chain = b""

    def seal(self, kind: FrameType, start_sample: int, sample_count: int, plaintext: bytes) -> bytes:
        self.frames.append((kind, start_sample, sample_count, plaintext))
        return b"."

    @property
    def stored(self) -> StoredSegment:
        return StoredSegment(self.header.recording_id, self.header.segment, Path())

    @property
    def digest(self) -> SegmentDigest:
        return SegmentDigest(0, "", "")

    def append(self, content: bytes) -> None:
        self.written += len(content)

    def close(self) -> None: ...

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for kind, _, _, text in self.frames[: self.written] if kind is FrameType.EVENT]

    def final(self) -> dict[str, Any]:
        kind, _, _, text = self.frames[self.written - 1]
        assert kind.ends
        return dict(json.loads(text))

    @property
    def end(self) -> int:
        counts = (count for kind, _, count, _ in self.frames[: self.written] if kind is FrameType.AUDIO)
        return self.header.start_sample + sum(counts)

    def pcm(self) -> tuple[int, Pcm]:
        """Everything it holds, its pre-roll included, and the sample with which that begins."""
        ogg = b"".join(text for kind, _, _, text in self.frames[: self.written] if kind is FrameType.AUDIO)
        pages = list(read_pages(ogg)) if ogg else []
        if not pages:
            return self.header.start_sample, np.zeros((2, 0), np.int16)
        pre_roll = int.from_bytes(pages[0].packets[0][10:12], "little") * RATE // 48_000 - LOOKAHEAD
        blocks = [np.frombuffer(packet, np.int16).reshape(2, -1) for page in pages[2:] for packet in page.packets]
        begins = self.header.start_sample - pre_roll
        return begins, np.concatenate(blocks, axis=1)[:, LOOKAHEAD : LOOKAHEAD + self.end - begins]


@dataclass
class OpenStore:
    """Sealer and store in one."""

    segments: list[OpenSegment] = field(default_factory=list)
    key_epoch = 1

    def begin(self, header: SegmentHeader) -> OpenSegment:
        self.segments.append(OpenSegment(header))
        return self.segments[-1]

    def create(self, *_told: object) -> OpenSegment:
        return self.segments[-1]

    def parts(self) -> RecordingParts:
        return RecordingParts(self, self, Keeper)  # type: ignore[arg-type]  # of a store it has what a recording uses


class Lines:
    """The lines process, and what of its audio may be kept.

    Each tick is spoken at its own loudness; what is spoken while a pause is asked for is negative: the card number.
    """

    def __init__(self, script: Sequence[Act] = ()) -> None:
        self.ring = RingWriter.create(bytes(16))
        self.native = NativeRing(self.ring.fd)
        self.gone = self.hung_up = False
        self._script = iter(script)
        self._ticks = 0
        self._asked = self._paused = False
        self._owed = 0
        self.left_out = np.zeros(60 * RATE, bool)

    def act(self) -> None:
        """The next thing in the script; nothing once it is over."""
        match next(self._script, None):
            case ("speak", int(ticks)):
                self.speak(ticks)
            case ("pause", int(look_back_ms)):
                self.pause(look_back_ms)
            case ("resume",):
                self.resume()
            case ("hold", int(channel), int(on)):
                self.native.hold(channel, bool(on))
            case ("mask", int(channel), int(look_back_ms)):
                self.native.mask(channel, look_back_ms, 60)

    def speak(self, ticks: int) -> None:
        for _ in range(ticks if not self.gone else 0):
            self._obey()
            loudness = self._ticks % 30_000 + 1
            frame = (-loudness if self._asked else loudness).to_bytes(2, "little", signed=True) * FRAME
            for channel in (0, 1):
                self.native.put(channel, 4_000_000 + self.said, frame, self._ticks * TICK_MS)
            self.left_out[self.said : self.said + FRAME] = self._paused
            self._ticks += 1

    @property
    def said(self) -> int:
        return self._ticks * FRAME

    def pause(self, look_back_ms: int) -> None:
        if not self.gone:
            self.native.pause(look_back_ms)
            self._owed = max(self._owed, look_back_ms * RATE // 1000, SHORTEST_LOOK_BACK)
            self._asked = True

    def resume(self) -> None:
        if not self.gone:
            self.native.resume()
            self._asked = False

    def hang_up(self) -> None:
        if not self.gone:
            self._obey()
            self.ring.close(self.native.stop())
            self.gone = self.hung_up = True

    def die(self) -> None:
        self.gone = True

    def reader(self, hostile: bool = True) -> RingReader:
        descriptors = [os.dup(descriptor) for descriptor in self.ring.descriptors()]
        return HostileReader(self, *descriptors) if hostile else RingReader(*descriptors)

    def close(self) -> None:
        self.native.close()
        self.ring.release()

    def _obey(self) -> None:
        if self._owed:
            self.left_out[max(0, self.said - self._owed) : self.said] = True
        self._owed, self._paused = 0, self._asked


class HostileReader(RingReader):
    """Lines acts whenever the recorder looks."""

    def __init__(self, lines: Lines, ring_fd: int, ack_fd: int) -> None:
        super().__init__(ring_fd, ack_fd)
        self._lines = lines

    def readable(self, channel_lag_limit: int) -> int:
        self._lines.act()
        return super().readable(channel_lag_limit)

    def block_address(self, channel: int, start_sample: int, samples: int) -> int:
        self._lines.act()
        return super().block_address(channel, start_sample, samples)

    def oldest_intact(self) -> int:
        self._lines.act()
        return super().oldest_intact()

    def generation(self) -> int:
        self._lines.act()
        return super().generation()

    def markers_since(self, number: int) -> Any:
        self._lines.act()
        return super().markers_since(number)

    def writer_state(self) -> RingState:
        self._lines.act()
        return super().writer_state()


class Recorder:
    """A recorder, and the next one when it dies."""

    def __init__(self, lines: Lines, record: CallRecord = RECORD) -> None:
        self.lines = lines
        self.store = OpenStore()
        self.now_s = 100.0
        self.recording = RecordingInProgress(record, lines.reader(), self.store.parts())

    def turn(self) -> None:
        self.now_s += TURN_S
        self.recording.advance(self.now_s)
        if self.recording.to_flush:
            self.recording.flushed()

    def die_and_come_back(self) -> None:
        """With everything that was not written lost."""
        self.recording.close()
        left = self.store.segments
        earlier = Earlier(len(left), left[-1].end) if left else Earlier()
        self.recording = RecordingInProgress(RECORD, self.lines.reader(), self.store.parts(), lambda: earlier)

    def finish(self, state: str) -> None:
        self.recording.end(state)
        for _ in range(20):
            self.turn()
        assert self.recording.finished

    def sealed(self) -> Pcm:
        """The whole recording; in every segment the same, where two of them hold the same time."""
        whole = np.zeros((2, self.store.segments[-1].end), np.int16)
        for segment in self.store.segments:
            begins, pcm = segment.pcm()
            whole[:, begins : begins + pcm.shape[1]] = pcm
        for segment in self.store.segments:
            begins, pcm = segment.pcm()
            assert (pcm == whole[:, begins : begins + pcm.shape[1]]).all()
        return whole

    def close(self) -> None:
        self.recording.close()


def kept_by(lines: Lines) -> Pcm:
    """What the ring holds in the end: all that may be heard of a call shorter than it."""
    reader = lines.reader(hostile=False)
    try:
        return np.stack([np.asarray(reader.block(channel, 0, lines.said)).copy() for channel in (0, 1)])
    finally:
        reader.close()


def told_pauses(final: dict[str, Any]) -> NDArray[np.bool_]:
    told = np.zeros(60 * RATE, bool)
    for start, samples in final["pauses"]:
        told[start : start + samples] = True
    return told
