"""An unsealed recording as a file for other programs: WAV, MP3 or Opus.

Made in parts, so that an hour's WAV (115 MB) never lies in memory. Two voices stay on their own sides: the far party
left, the office right. A recording of one channel, with both mixed, gives files of one channel.

The sound library is loaded by the first file that needs it: it has 10 MB, of which a page at rest has no use.
"""

from __future__ import annotations

import io
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from firmware.core.errors import DamagedRecording
from firmware.core.ogg_opus import DamagedOgg, channels_of

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

SoundForm = Literal["wav", "mp3", "opus"]

_WAV_RATE_HZ = 8000  # what the telephone network carries
_MP3_RATE_HZ = 16000  # 8 kHz MP3 (MPEG-2.5) is refused by some players
_MP3_BIT_RATE = 32000  # for each channel
_SAMPLE_BYTES = 2
_LAYOUTS = {1: "mono", 2: "stereo"}
_LONGEST_MS = 1 << 40


@dataclass(frozen=True)
class MutedPart:
    """Of a copy: silent from ``start_ms`` until ``end_ms`` (None: the end), one channel or both (None).

    Where both parties are mixed on one channel, nobody can be silenced alone: then all of it is silent.
    """

    start_ms: int
    end_ms: int | None = None
    channel: int | None = None


def sound_parts(ogg: bytes, duration_ms: int, form: SoundForm, muted: Sequence[MutedPart] = ()) -> Iterator[bytes]:
    """The file's bytes, in order.

    Args:
        ogg: a whole Ogg Opus file of one or two channels; as Opus it is given as it is.
        duration_ms: how long the recording is; a WAV is exactly that long.
        muted: silent in this copy, which then cannot be Opus.

    Raises:
        DamagedRecording: it cannot be decoded.
    """
    if form == "opus":
        if muted:
            raise ValueError("an Opus copy is the recording as it is: nothing of it can be muted")
        return iter([ogg])
    channels = _channels(ogg)
    if form == "wav":
        frames = _muted(_decoded(ogg, channels, _WAV_RATE_HZ, "s16"), channels, muted)
        return _wav(frames, channels, duration_ms * _WAV_RATE_HZ // 1000)
    return _mp3(_muted(_decoded(ogg, channels, _MP3_RATE_HZ, "s16p"), channels, muted), channels)


def _channels(ogg: bytes) -> int:
    try:
        return channels_of(ogg)
    except DamagedOgg as error:
        raise _undecodable() from error


def _wav(frames: Iterable[AudioFrame], channels: int, samples: int) -> Iterator[bytes]:
    """RIFF WAVE, 16-bit, exactly ``samples`` long: what is told in its head must be true."""
    left = samples * channels * _SAMPLE_BYTES
    yield _wav_head(left, channels)
    for frame in frames:
        part = bytes(frame.planes[0])[: min(left, frame.samples * channels * _SAMPLE_BYTES)]
        left -= len(part)
        yield part
    while left:
        part = bytes(min(left, 65536))
        left -= len(part)
        yield part


def _wav_head(data_bytes: int, channels: int) -> bytes:
    sample_bytes = channels * _SAMPLE_BYTES
    byte_rate = _WAV_RATE_HZ * sample_bytes
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, _WAV_RATE_HZ, byte_rate, sample_bytes, 16)
    data = struct.pack("<4sI", b"data", data_bytes)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data) + data_bytes, b"WAVE") + form + data


class _Parts:
    """Takes what the MP3 writer writes; gives it away again."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken


def _mp3(frames: Iterable[AudioFrame], channels: int) -> Iterator[bytes]:
    import av

    parts = _Parts()
    with av.open(parts, "w", format="mp3", options={"write_xing": "0"}) as out:
        # Joint stereo would let each voice be heard faintly on the other's side.
        stream = out.add_stream(
            "libmp3lame", rate=_MP3_RATE_HZ, layout=_LAYOUTS[channels], options={"joint_stereo": "0"}
        )
        stream.bit_rate = _MP3_BIT_RATE * channels
        for frame in frames:
            out.mux(stream.encode(frame))
            yield parts.take()
        out.mux(stream.encode(None))
    yield parts.take()


def _muted(frames: Iterable[AudioFrame], channels: int, parts: Sequence[MutedPart]) -> Iterator[AudioFrame]:
    """The same frames, with zeros where a part says so."""
    at = 0
    for frame in frames:
        for part in parts:
            start, end = (moment * frame.sample_rate // 1000 - at for moment in _bounds(part))
            wanted = range(channels) if part.channel is None or channels == 1 else (part.channel,)
            _silence(frame, max(0, start), min(frame.samples, end), wanted, channels)
        at += frame.samples
        yield frame


def _bounds(part: MutedPart) -> tuple[int, int]:
    return part.start_ms, _LONGEST_MS if part.end_ms is None else part.end_ms


def _silence(frame: AudioFrame, start: int, end: int, wanted: Iterable[int], channels: int) -> None:
    if start >= end:
        return
    planar = len(frame.planes) == channels
    for channel in wanted:
        plane = frame.planes[channel if planar else 0]
        samples = array("h", bytes(plane))
        step, offset = (1, 0) if planar else (channels, channel)
        samples[offset + start * step : end * step : step] = array("h", bytes(2 * (end - start)))
        plane.update(samples.tobytes())


def _decoded(ogg: bytes, channels: int, rate_hz: int, sample_format: str) -> Iterator[AudioFrame]:
    import av
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format=sample_format, layout=_LAYOUTS[channels], rate=rate_hz)
    try:
        with av.open(io.BytesIO(ogg), "r") as source:
            for frame in source.decode(audio=0):
                yield from resampler.resample(frame)
            yield from resampler.resample(None)
    except av.FFmpegError as error:
        raise _undecodable() from error


def _undecodable() -> DamagedRecording:
    return DamagedRecording(
        "The recording was unsealed but its sound cannot be decoded.",
        "Take it as Opus, which gives it unchanged, and report this.",
    )
