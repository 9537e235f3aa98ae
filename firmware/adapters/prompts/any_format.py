"""Reads a sound file of any common format as what the telephone carries: 8 kHz, mono, 16 bits.

The file comes from outside and may be anything. Only formats that hold sound in themselves are opened: a playlist could
name other files of this machine, or addresses beyond it.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from itertools import chain
from typing import IO

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.filter import Graph

from firmware.adapters.prompts.wave_file import NotPlayable

SAMPLE_RATE_HZ = 8000
SHORTEST_S = 0.5
LONGEST_S = 120
_LARGEST_BYTES = 100_000_000  # two minutes at studio quality
_FORMATS = "aac,aiff,amr,asf,au,caf,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,ogg,w64,wav,wv"


def read_any_format(file: IO[bytes]) -> array[int]:
    """The first sound track of a file at 8 kHz, its channels mixed together.

    Args:
        file: open for reading, and seekable.

    Raises:
        NotPlayable: it is no sound, damaged, too short or too long.
        OSError: it cannot be read.
    """
    if file.seek(0, os.SEEK_END) > _LARGEST_BYTES:
        raise NotPlayable(f"is larger than {_LARGEST_BYTES // 1_000_000} MB")
    file.seek(0)
    try:
        samples = _decoded(file)
    except av.FFmpegError as error:
        raise NotPlayable("is not sound that can be read, or is damaged") from error
    if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
        raise NotPlayable(f"lasts {len(samples) / SAMPLE_RATE_HZ:.1f} s; a prompt needs {SHORTEST_S} s or more")
    return samples


def loudness_lufs(samples: array[int]) -> float | None:
    """The integrated loudness of 8 kHz sound by ITU-R BS.1770-4, in LUFS; None for silence or less than 0.4 s."""
    graph = Graph()
    source = graph.add_abuffer(sample_rate=SAMPLE_RATE_HZ, format="s16", layout="mono")
    meter = graph.add("ebur128", "metadata=1:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    measured = ""
    graph.push(_frame(samples))
    graph.push(None)
    for frame in _pulled(graph):
        measured = frame.metadata.get("lavfi.r128.I", measured)
    # The meter begins at −70, its absolute gate, and stays there as long as nothing passes that.
    return float(measured) if measured and float(measured) > -70 else None


def _decoded(file: IO[bytes]) -> array[int]:
    samples = array("h")
    # No protocol is open to the library but the file it is given: whatever stands in it, nothing else is read for it.
    only_this = {"format_whitelist": _FORMATS, "protocol_whitelist": ""}
    with av.open(file, "r", options=only_this, metadata_errors="replace") as sound:
        if not sound.streams.audio:
            raise NotPlayable("holds no sound")
        resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        for frame in chain(sound.decode(sound.streams.audio[0]), [None]):
            for part in resampler.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: part.samples * samples.itemsize])
            if len(samples) > LONGEST_S * SAMPLE_RATE_HZ:
                raise NotPlayable(f"lasts longer than {LONGEST_S} s, and callers would wait that long")
    return samples


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, AudioFrame)
        yield frame


def _frame(samples: array[int]) -> AudioFrame:
    frame = AudioFrame(format="s16", layout="mono", samples=len(samples))
    frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
    frame.sample_rate = SAMPLE_RATE_HZ
    frame.pts = 0
    return frame
