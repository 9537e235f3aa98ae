"""Reads a WAV file as strictly as pjmedia's player will, but says what is wrong with it.

Playable is: RIFF/WAVE, plain PCM (format tag 1, not the *extensible* form), 16 bits, mono, 8 or 16 kHz, complete.
Source: *Multimedia Programming Interface and Data Specifications 1.0* (IBM and Microsoft, 1991), "Waveform".
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PLAYABLE_RATES_HZ = (8000, 16000)
_PCM = 1
_SHORTEST_S = 0.1
_LARGEST_BYTES = 20_000_000  # ten minutes at 16 kHz: a notice that long is a mistake
_FORMAT = struct.Struct("<HHIIHH")


class NotPlayable(ValueError):
    """What is wrong with the file, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class WaveFile:
    """16-bit mono audio."""

    sample_rate_hz: int
    samples: array[int]

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // self.sample_rate_hz


def read_wave(path: Path) -> WaveFile:
    """Read a whole file.

    Raises:
        NotPlayable: it is not audio of the playable kind.
        OSError: it cannot be read.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise NotPlayable("is too large for a notice")
    return wave_of(path.read_bytes())


def wave_of(content: bytes) -> WaveFile:
    """The same of what was read already. Raises NotPlayable."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise NotPlayable("is not a WAV file")
    chunks = dict(_chunks(content))
    sample_rate_hz = _checked_rate_hz(chunks.get(b"fmt ", b""))
    data = chunks.get(b"data", b"")
    samples = array("h", data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    if len(samples) < _SHORTEST_S * sample_rate_hz:
        raise NotPlayable("holds no audio, or less than a tenth of a second")
    return WaveFile(sample_rate_hz, samples)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(content):
        name, size = content[position : position + 4], int.from_bytes(content[position + 4 : position + 8], "little")
        if position + 8 + size > len(content):
            raise NotPlayable("is cut short, or was written without its length")
        yield name, content[position + 8 : position + 8 + size]
        if name == b"data":
            return  # what follows is tags; players stop here as well
        position += 8 + size + size % 2


def _checked_rate_hz(header: bytes) -> int:
    if len(header) < _FORMAT.size:
        raise NotPlayable("is a WAV file without a format")
    tag, channels, rate_hz, _, _, bits = _FORMAT.unpack_from(header)
    if tag != _PCM or bits != 16:
        raise NotPlayable(f"is not plain 16-bit PCM (format {tag}, {bits} bits)")
    if channels != 1:
        raise NotPlayable(f"has {channels} channels, not one")
    if rate_hz not in PLAYABLE_RATES_HZ:
        raise NotPlayable(f"is sampled at {rate_hz} Hz, not at 8000 or 16000")
    return int(rate_hz)
