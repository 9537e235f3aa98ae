"""The ear on an analogue line: the C that measures what is heard and keeps it in a ring, without Python per sample."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import LONGEST_LOOK_BACK_MS
from firmware.native.build import TAPPED_LINE
from firmware.native.compiling import SOURCE_FOLDER, NativeBuildError, loaded_once
from firmware.native.heard_keys import HeardKey, KeyStruct, take_keys

BLOCK_MS = 20
#: How many frequencies one line may look for, and how many channels it may have.
MOST_FREQUENCIES = 8
_MOST_CHANNELS = 2
# codes: what can be a feature code, of the office's own channel; a line that has no such channel tells none.
KeyWish = Literal["none", "codes", "all"]
_WISHES: tuple[KeyWish, ...] = ("none", "codes", "all")


class _BlockStruct(ctypes.Structure):
    """``line_block`` in tapped_line.h."""

    power: float
    peak: float
    share: Any
    clipped: int
    touch_tone: int
    _fields_ = (
        ("power", ctypes.c_float),
        ("peak", ctypes.c_float),
        ("share", ctypes.c_float * MOST_FREQUENCIES),
        ("clipped", ctypes.c_uint32),
        ("touch_tone", ctypes.c_uint32),
    )


@dataclass(frozen=True, slots=True)
class HeardBlock:
    """What 20 ms of one channel hold, before any gain.

    ``power`` is the mean square of samples above 200 Hz, ``peak`` the largest sample, ``shares`` the part of all power
    at each of the line's frequencies, ``clipped`` how many samples the gain drove beyond full scale. ``touch_tone``:
    what may be a telephone key is heard.
    """

    power: float
    peak: float
    shares: tuple[float, ...]
    clipped: int
    touch_tone: bool


@loaded_once
def load_tapped_line() -> ctypes.CDLL:
    """The compiled ear, made first if need be. Needs nothing of pjsua2.

    Raises:
        NativeBuildError: it cannot be compiled or loaded here.
    """
    path = TAPPED_LINE.ensure_built(SOURCE_FOLDER)
    try:
        library = ctypes.CDLL(str(path), use_errno=True)
    except OSError as error:
        raise NativeBuildError(f"The analogue line's ear cannot be loaded ({error}).") from error
    handle, number, wide = ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint64
    signatures: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "tapped_line_create": (handle, (number, number, number, ctypes.POINTER(ctypes.c_float), number)),
        "tapped_line_keep": (None, (handle, ctypes.c_bool)),
        "tapped_line_gain": (None, (handle, number, ctypes.c_float)),
        "tapped_line_put": (
            None,
            (handle, wide, handle, number, ctypes.POINTER(number), ctypes.POINTER(_BlockStruct)),
        ),
        "tapped_line_record": (ctypes.c_bool, (handle, ctypes.c_int, wide, ctypes.c_bool)),
        "tapped_line_pause": (None, (handle, number)),
        "tapped_line_resume": (number, (handle, number, wide)),
        "tapped_line_stop": (wide, (handle,)),
        "tapped_line_listen": (None, (handle, ctypes.c_int)),
        "tapped_line_keys": (number, (handle, ctypes.POINTER(KeyStruct), number)),
        "tapped_line_free": (None, (handle,)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


class TappedLine:
    """One line's ear. Any thread may call any method but ``close``, after which there is none to call.

    Args:
        sample_rate_hz: 8,000 or 16,000.
        offsets: which channel of the sound device each of the line's one or two channels is.
        pre_roll_ms: how much is kept while nothing is recorded.
        frequencies_hz: what to look for, at most ``MOST_FREQUENCIES``.

    Raises:
        NativeBuildError: the C cannot be compiled here.
        AudioPathError: no memory.
    """

    def __init__(
        self, sample_rate_hz: int, offsets: Sequence[int], pre_roll_ms: int, frequencies_hz: Sequence[int]
    ) -> None:
        self._library: Final = load_tapped_line()
        self.channels: Final = len(offsets)
        self._offsets = (ctypes.c_uint * self.channels)(*offsets)
        self._heard = (_BlockStruct * _MOST_CHANNELS)()
        self._frequencies = len(frequencies_hz)
        hertz = (ctypes.c_float * max(1, self._frequencies))(*frequencies_hz)
        handle = self._library.tapped_line_create(sample_rate_hz, self.channels, pre_roll_ms, hertz, self._frequencies)
        if not handle:
            raise AudioPathError(f"No memory for a line at {sample_rate_hz} Hz.")
        self._handle: int = handle
        key_puts = ctypes.c_uint64.in_dll(self._library, "key_queue_puts")
        self._key_puts = key_puts
        self._key_puts_seen = key_puts.value

    def put(self, number: int, samples: int, stride: int) -> list[HeardBlock]:
        """Take 20 ms: ``samples`` is the address of interleaved 16-bit ones, ``stride`` how many channels the device
        has, ``number`` that of the first. What is missing since the block before was lost. One thread."""
        self._library.tapped_line_put(self._handle, number, samples, stride, self._offsets, self._heard)
        count = self._frequencies
        return [
            HeardBlock(heard.power, heard.peak, tuple(heard.share[:count]), heard.clipped, bool(heard.touch_tone))
            for heard in self._heard[: self.channels]
        ]

    def keep(self, on: bool) -> None:
        """Whether the last seconds are kept for a recording that may come. False wipes them."""
        self._library.tapped_line_keep(self._handle, on)

    def set_gain(self, channel: int, factor: float) -> None:
        """Make a channel so much louder from the next block on."""
        self._library.tapped_line_gain(self._handle, channel, factor)

    def record(self, ring_fd: int, from_number: int, paused: bool) -> None:
        """Record into a ring that is not sealed yet, from what is kept of sample ``from_number`` on; nothing is kept
        then any more. ``paused``: nothing before ``resume``.

        Raises:
            AudioPathError: the ring cannot be mapped, or is of another sample rate.
        """
        if not self._library.tapped_line_record(self._handle, ring_fd, max(0, from_number), paused):
            raise AudioPathError(f"A recording's memory cannot be written ({os.strerror(ctypes.get_errno())}).")

    def pause(self, look_back_ms: int) -> None:
        """Leave out what comes from now on, and wipe the last ``look_back_ms`` (at least 80) of the recording.

        Raises:
            ValueError: the look-back goes beyond what the recorder surely has not sealed.
        """
        if not 0 <= look_back_ms <= LONGEST_LOOK_BACK_MS:
            raise ValueError(f"at most {LONGEST_LOOK_BACK_MS} ms of a recording can be dropped, not {look_back_ms}")
        self._library.tapped_line_pause(self._handle, look_back_ms)

    def resume(self, number: int) -> int:
        """Keep again what the device takes from sample ``number`` on; gives how many ms it will be until then."""
        remaining: int = self._library.tapped_line_resume(self._handle, 0, number)
        return remaining

    def stop(self) -> int:
        """Record no more; the ring's length in samples. Again: harmless, and 0."""
        return int(self._library.tapped_line_stop(self._handle))

    def listen(self, wish: KeyWish) -> None:
        """Which telephone keys are told. What was not told yet is forgotten."""
        self._library.tapped_line_listen(self._handle, _WISHES.index(wish))

    def heard_keys(self) -> list[HeardKey]:
        """The keys heard since the last time; they are nowhere here afterwards. One thread."""
        puts = self._key_puts.value
        if puts == self._key_puts_seen:
            return []
        self._key_puts_seen = puts
        return take_keys(partial(self._library.tapped_line_keys, self._handle))

    def close(self) -> None:
        """Let go, of a recording too. Nobody may be inside another method, nor call one again."""
        self._library.tapped_line_free(self._handle)
