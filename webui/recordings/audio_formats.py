"""A recording as a file for other programs: WAV, MP3 or Opus.

Files are made while they are sent, so that an hour's WAV (115 MB) never lies in memory. The two voices stay on their
own
sides: the outside party left, the office right.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from firmware.core.errors import DamagedRecording
from webui.recordings.listening_room import Audio

Format = Literal["wav", "mp3", "opus"]

MEDIA_TYPES: dict[Format, str] = {"wav": "audio/wav", "mp3": "audio/mpeg", "opus": "audio/ogg"}

_WAV_RATE_HZ = 8000  # what the telephone network carries
_MP3_RATE_HZ = 16000  # 8 kHz MP3 (MPEG-2.5) is refused by some players
_MP3_BIT_RATE = 64000
_STEREO_SAMPLE_BYTES = 4


@dataclass(frozen=True)
class SoundFile:
    """A file to send: its media type, its length in bytes where that is known beforehand, and its bytes."""

    media_type: str
    length: int | None
    parts: Iterable[bytes]


def sound_file(audio: Audio, form: Format) -> SoundFile:
    """The recording in the form asked for. The parts raise ``DamagedRecording`` where it cannot be decoded."""
    if form == "opus":
        return SoundFile(MEDIA_TYPES[form], len(audio.ogg), [audio.ogg])
    if form == "wav":
        samples = audio.duration_ms * _WAV_RATE_HZ // 1000
        return SoundFile(MEDIA_TYPES[form], 44 + samples * _STEREO_SAMPLE_BYTES, _wav(audio.ogg, samples))
    return SoundFile(MEDIA_TYPES[form], None, _mp3(audio.ogg))


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


class _Parts(io.RawIOBase):
    """Takes what the MP3 writer writes; gives it away again."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._written.append(part)
        return len(part)

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
            if part := parts.take():
                yield part
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
            "Download it as Opus, which sends it unchanged, and report this.",
        ) from error
