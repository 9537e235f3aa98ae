"""The C listener for touch-tones, alone or in front of a ring, driven by hand."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware.core.ring_layout import OFFICE
from firmware.native.heard_keys import HeardKey, KeyStruct, take_keys
from firmware.native.recorder_port import load_library
from tests.contract.native_ring import NativeRing, NativeTime

Samples = npt.NDArray[np.int16]

#: More than any of the C structures needs, and their strictest alignment.
_ROOM = 16 * 1024
_ALIGNMENT = 64
NO_KEYS, CODES, ALL_KEYS, ASTERISKS = 0, 1, 2, 3


class _Heard(ctypes.Structure):
    mask_before: int
    mask_after: int
    begun: bytes
    ended: bytes
    ended_before: int
    ended_length: int
    _fields_ = (
        ("mask_before", ctypes.c_uint32),
        ("mask_after", ctypes.c_uint32),
        ("begun", ctypes.c_char),
        ("ended", ctypes.c_char),
        ("ended_before", ctypes.c_uint32),
        ("ended_length", ctypes.c_uint32),
    )


@dataclass(frozen=True)
class Detected:
    """A key, when it counted (the end of the frame) and where it was, in ms."""

    key: str
    counted_ms: float
    began_ms: float
    length_ms: float


class NativeDetector:
    """`touch_tone` of firmware/native/touch_tone.h, given frames of 20 ms. ``masked`` is what it would silence."""

    def __init__(self, rate: int = 8000) -> None:
        self.rate: Final = rate
        self._library = load_library()
        self._library.touch_tone_init.restype = ctypes.c_bool
        self._library.touch_tone_init.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
        self._library.touch_tone_hear.restype = _Heard
        self._library.touch_tone_hear.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint)
        self._library.touch_tone_wipe.argtypes = (ctypes.c_void_p,)
        self._memory = _aligned()
        if not self._library.touch_tone_init(_address(self._memory), rate):
            raise ValueError(f"the detector does not know {rate} Hz")
        self.position = 0
        self.begun: list[tuple[str, float]] = []
        self.keys: list[Detected] = []
        self.masks: list[tuple[int, int]] = []

    def hear(self, audio: Samples, frame_ms: int = 20) -> None:
        frame = self.rate * frame_ms // 1000
        for start in range(0, len(audio), frame):
            self._frame(np.ascontiguousarray(audio[start : start + frame]))

    def wipe(self) -> None:
        self._library.touch_tone_wipe(_address(self._memory))

    def state(self) -> bytes:
        return bytes(self._memory)

    def masked(self, audio: Samples) -> Samples:
        """The same audio as a ring would hold it."""
        kept = audio.copy()
        for start, end in self.masks:
            kept[max(0, start) : end] = 0
        return kept

    def masked_samples(self, length: int) -> int:
        return int(np.count_nonzero(self.masked(np.ones(length, np.int16)) == 0))

    def _frame(self, frame: Samples) -> None:
        heard = self._library.touch_tone_hear(_address(self._memory), frame.ctypes.data, len(frame))
        self.position += len(frame)
        if heard.mask_before:
            self.masks.append((self.position - heard.mask_before, self.position + heard.mask_after))
        if heard.begun != b"\0":
            self.begun.append((heard.begun.decode(), self._ms(self.position)))
        if heard.ended != b"\0":
            began, length = self.position - heard.ended_before, heard.ended_length
            self.keys.append(Detected(heard.ended.decode(), self._ms(self.position), self._ms(began), self._ms(length)))

    def _ms(self, samples: int) -> float:
        return samples * 1000 / self.rate


class NativeEar:
    """`ear` of firmware/native/ear.h: the detector in front of one channel of a ring, or of none."""

    def __init__(self, ring: NativeRing | None, channel: int = OFFICE, wish: int = CODES) -> None:
        self._library = load_library()
        self._library.ear_init.restype = ctypes.c_bool
        self._library.ear_init.argtypes = (ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint32)
        self._library.ear_put.restype = ctypes.c_int
        self._library.ear_put.argtypes = (
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_uint64,
            ctypes.c_void_p,
            ctypes.c_uint,
            ctypes.POINTER(NativeTime),
        )
        self._library.ear_wipe.argtypes = (ctypes.c_void_p,)
        self._library.ear_listen.argtypes = (ctypes.c_void_p, ctypes.c_int)
        self._library.ear_keys.restype = ctypes.c_uint
        self._library.ear_keys.argtypes = (ctypes.c_void_p, ctypes.POINTER(KeyStruct), ctypes.c_uint)
        self._memory = _aligned()
        assert self._library.ear_init(_address(self._memory), channel, 8000)
        self._ring = ring.handle if ring is not None else None
        self.listen(wish)

    def listen(self, wish: int) -> None:
        self._library.ear_listen(_address(self._memory), wish)

    def put(self, timestamp: int, frame: Samples, clock_ms: float) -> int:
        now = NativeTime.at_ms(clock_ms)
        address = np.ascontiguousarray(frame).ctypes.data
        return int(
            self._library.ear_put(_address(self._memory), self._ring, timestamp, address, len(frame), ctypes.byref(now))
        )

    def told(self) -> list[HeardKey]:
        """The keys since the last time."""
        return take_keys(partial(self._library.ear_keys, _address(self._memory)))

    def state(self) -> bytes:
        return bytes(self._memory)

    def wipe(self) -> None:
        self._library.ear_wipe(_address(self._memory))


def _aligned() -> ctypes.Array[ctypes.c_char]:
    room = ctypes.create_string_buffer(_ROOM + _ALIGNMENT)
    offset = -ctypes.addressof(room) % _ALIGNMENT
    return (ctypes.c_char * _ROOM).from_buffer(room, offset)


def _address(memory: ctypes.Array[ctypes.c_char]) -> int:
    return ctypes.addressof(memory)
