"""A sound card that is listened to, through ALSA."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import Any, Final

import alsaaudio

from firmware.core.errors import LineError
from firmware.native.tapped_line import BLOCK_MS

# So much sound the card holds for a reader that is kept waiting, before any is lost. It costs no delay: what is there
# is read at once.
_BUFFERED_MS = 2_000
_FORMAT = alsaaudio.PCM_FORMAT_S16_LE


class SoundCard:
    """One ALSA capture device, open.

    Args:
        device: its ALSA name: "plughw:CARD=Device", "hw:1,0" …
        sample_rate_hz: wanted; a device that gives another one is refused.
        channels: how many are needed. A device that has more gives them all: ``self.channels``.

    Raises:
        LineError: it is not there, is in use, or cannot do this; says which, and what to do.
    """

    def __init__(self, device: str, sample_rate_hz: int, channels: int) -> None:
        self.device: Final = device
        self.block_samples: Final = sample_rate_hz * BLOCK_MS // 1000
        _hush()
        self._pcm = _opened(device, sample_rate_hz, channels, self.block_samples)
        given: dict[str, Any] = self._pcm.info()
        self.channels: Final = int(given["channels"])
        self.block_bytes: Final = self.block_samples * self.channels * 2
        if (given["rate"], given["format_name"]) != (sample_rate_hz, "S16_LE"):
            self._pcm.close()
            raise LineError(
                f"The sound device {device} does not record 16 bits at {sample_rate_hz} Hz"
                f" (it offers {given['format_name']} at {given['rate']} Hz).",
                f"Set sample_rate_hz to what it does, or let ALSA convert: {_converting(device)}.",
            )
        if self.channels < channels:
            self._pcm.close()
            raise LineError(
                f"The sound device {device} has {self.channels} channels, and a line is on channel {channels}.",
                "See channels in the lines' settings.",
            )

    def read(self) -> bytes | None:
        """The next sound, as interleaved 16-bit samples; waits for it. None: some was lost, the rest comes next.

        Raises:
            LineError: the device is gone, or has stopped.
        """
        try:
            length, sound = self._pcm.read()
        except alsaaudio.ALSAAudioError as error:
            raise _explained(self.device, error) from error
        return None if length == -errno.EPIPE else sound

    def close(self) -> None:
        """Let go. Nobody may be inside ``read``."""
        self._pcm.close()


@cache
def _hush() -> object:
    """Keep ALSA from writing to the log by itself, every second while a card is away. What it says comes as errors too.

    Gives the handler, which must live as long as the library.
    """
    kind = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
    silent = kind(lambda *_: None)
    ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(silent)
    return silent


def _opened(device: str, sample_rate_hz: int, channels: int, block_samples: int) -> Any:
    try:
        return alsaaudio.PCM(
            alsaaudio.PCM_CAPTURE,
            alsaaudio.PCM_NORMAL,
            device=device,
            rate=sample_rate_hz,
            channels=channels,
            format=_FORMAT,
            periodsize=block_samples,
            periods=_BUFFERED_MS // BLOCK_MS,
        )
    except alsaaudio.ALSAAudioError as error:
        raise _explained(device, error) from error


def _explained(device: str, error: Exception) -> LineError:
    """ALSA's words are those of errno, with the device in brackets."""
    words = str(error).removesuffix(f" [{device}]")
    match words:
        case _ if words in (os.strerror(errno.ENODEV), os.strerror(errno.ENOENT), os.strerror(errno.ENXIO)):
            return LineError(
                f"The sound device {device} is not there.", "Plug it in; arecord -L lists those that are there."
            )
        case _ if words == os.strerror(errno.EBUSY):
            return LineError(
                f"The sound device {device} is in use by another program.",
                "Stop that program: fuser -v /dev/snd/* names it.",
            )
        case _ if words == os.strerror(errno.EINVAL):
            return LineError(
                f"The sound device {device} cannot record as the line is set.",
                f"Try {_converting(device)}, which lets ALSA convert, or another sample_rate_hz or channel.",
            )
        case _ if words in (os.strerror(errno.EACCES), os.strerror(errno.EPERM)):
            return LineError(f"The sound device {device} may not be used.", "Add the user to the group audio.")
        case _:
            return LineError(f"The sound device {device} fails: {words}.", "Unplug it and plug it in again.")


def _converting(device: str) -> str:
    return f'device = "plug{device}"' if device.startswith("hw:") else 'a device that begins with "plughw:"'
