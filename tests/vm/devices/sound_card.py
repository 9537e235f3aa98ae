"""A real ALSA sound card whose inputs hear what is played to its outputs (the kernel's snd-aloop)."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import alsaaudio

_DRIVER: Final = Path("/sys/bus/platform/drivers/snd_aloop")
# Of 20 ms each: a machine that stands still for a moment plays on.
_PERIODS: Final = 10


class SoundCard:
    """``number`` is the card's place among the machine's, ``name`` its ALSA id."""

    def __init__(self, number: int, name: str) -> None:
        self._number = number
        self.name = name

    def input(self, stream: int = 0) -> str:
        """The ALSA name of the input that hears ``play`` of the same stream."""
        return f"hw:{self.name},1,{stream}"

    def output(self, stream: int = 0) -> str:
        """The ALSA name of what ``play`` plays to."""
        return f"hw:{self.name},0,{stream}"

    def play(self, pcm: bytes, *, rate_hz: int, channels: int = 1, stream: int = 0) -> None:
        """Play 16-bit samples, in their own time. An output that stands still for ten seconds is opened again."""
        period = rate_hz // 50
        block = period * channels * 2
        left = memoryview(pcm)
        while left:
            output = alsaaudio.PCM(
                alsaaudio.PCM_PLAYBACK,
                device=self.output(stream),
                channels=channels,
                rate=rate_hz,
                format=alsaaudio.PCM_FORMAT_S16_LE,
                periodsize=period,
                periods=_PERIODS,
            )
            try:
                while left:
                    output.write(bytes(left[:block]).ljust(block, b"\0"))
                    left = left[block:]
            except alsaaudio.ALSAAudioError as error:
                if os.strerror(errno.EIO) not in str(error):
                    raise
            finally:
                output.close()

    @contextmanager
    def playing(self, pcm: bytes, *, rate_hz: int, channels: int = 1, stream: int = 0) -> Iterator[None]:
        """Play meanwhile, and to the end."""
        player = threading.Thread(
            target=self.play, args=(pcm,), kwargs={"rate_hz": rate_hz, "channels": channels, "stream": stream}
        )
        player.start()
        try:
            yield
        finally:
            player.join()

    def pull_out(self) -> None:
        (_DRIVER / "unbind").write_text(f"snd_aloop.{self._number}")

    def plug_in(self) -> None:
        (_DRIVER / "bind").write_text(f"snd_aloop.{self._number}")
