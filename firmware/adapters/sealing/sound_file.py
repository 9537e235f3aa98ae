"""An unsealed recording as a file for other programs: WAV, MP3 or Opus.

Made in parts, so that an hour's WAV (115 MB) never lies in memory. The two voices stay on their own sides: the far
party left, the office right.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Literal

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from firmware.core.errors import DamagedRecording

SoundForm = Literal["wav", "mp3", "opus"]

_WAV_RATE_HZ = 8000  # what the telephone network carries
_MP3_RATE_HZ = 16000  # 8 kHz MP3 (MPEG-2.5) is refused by some players
_MP3_BIT_RATE = 64000
_STEREO_SAMPLE_BYTES = 4


def sound_parts(ogg: bytes, duration_ms: int, form: SoundForm) -> Iterator[bytes]:
    """The file's bytes, in order.

    Args:
        ogg: a whole Ogg Opus file of two channels; as Opus it is given as it is.
        duration_ms: how long the recording is; a WAV is exactly that long.

    Raises:
        DamagedRecording: it cannot be decoded.
    """
    if form == "opus":
        return iter([ogg])
    if form == "wav":
        return _wav(ogg, duration_ms * _WAV_RATE_HZ // 1000)
    return _mp3(ogg)


def _wav(ogg: bytes, samples: int) -> Iterator[bytes]:
    """RIFF WAVE, 16-bit stereo, exactly ``samples`` long: what is told in its head must be true."""
    left = samples * _STEREO_SAMPLE_BYTES
    yield _wav_head(left)
    for frame in _decoded(ogg, _WAV_RATE_HZ, "s16"):
        part = bytes(frame.planes[0])[: min(left, frame.samples * _STEREO_SAMPLE_BYTES)]
        left -= len(part)
        yield part
    while left:
        part = bytes(min(left, 65536))
        left -= len(part)
        yield part


def _wav_head(data_bytes: int) -> bytes:
    byte_rate = _WAV_RATE_HZ * _STEREO_SAMPLE_BYTES
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, _WAV_RATE_HZ, byte_rate, _STEREO_SAMPLE_BYTES, 16)
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


def _mp3(ogg: bytes) -> Iterator[bytes]:
    parts = _Parts()
    with av.open(parts, "w", format="mp3", options={"write_xing": "0"}) as out:
        # Joint stereo would let each voice be heard faintly on the other's side.
        stream = out.add_stream("libmp3lame", rate=_MP3_RATE_HZ, layout="stereo", options={"joint_stereo": "0"})
        stream.bit_rate = _MP3_BIT_RATE
        for frame in _decoded(ogg, _MP3_RATE_HZ, "s16p"):
            out.mux(stream.encode(frame))
            yield parts.take()
        out.mux(stream.encode(None))
    yield parts.take()


def _decoded(ogg: bytes, rate_hz: int, sample_format: str) -> Iterator[AudioFrame]:
    resampler = AudioResampler(format=sample_format, layout="stereo", rate=rate_hz)
    try:
        with av.open(io.BytesIO(ogg), "r") as source:
            for frame in source.decode(audio=0):
                yield from resampler.resample(frame)
            yield from resampler.resample(None)
    except av.FFmpegError as error:
        raise DamagedRecording(
            "The recording was unsealed but its sound cannot be decoded.",
            "Take it as Opus, which gives it unchanged, and report this.",
        ) from error
