"""A real ALSA sound card whose inputs hear what is played to its outputs (the kernel's snd-aloop)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import alsaaudio

_DRIVER: Final = Path("/sys/bus/platform/drivers/snd_aloop")
_PERIOD: Final = 160


class SoundCard:
    """``number`` is the card's place among the machine's, ``name`` its ALSA id."""

    def __init__(self, number: int, name: str) -> None:
        self._number = number
        self.name = name

    def input(self, stream: int = 0) -> str:
        """The ALSA name of the input that hears ``play`` of the same stream."""
        return f"hw:{self.name},1,{stream}"

    def play(self, pcm: bytes, *, rate_hz: int, channels: int = 1, stream: int = 0) -> None:
        """Play 16-bit samples, in their own time."""
        output = alsaaudio.PCM(
            alsaaudio.PCM_PLAYBACK,
            device=f"hw:{self.name},0,{stream}",
            channels=channels,
            rate=rate_hz,
            format=alsaaudio.PCM_FORMAT_S16_LE,
            periodsize=_PERIOD,
        )
        block = _PERIOD * channels * 2
        try:
            for at in range(0, len(pcm), block):
                output.write(pcm[at : at + block].ljust(block, b"\0"))
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
