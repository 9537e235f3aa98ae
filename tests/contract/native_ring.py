"""The C writer of a ring, driven by hand: with the test's own time stamps and the test's own clock."""

from __future__ import annotations

import ctypes

from firmware.native.recorder_port import PATIENCE_MS, load_library

NS_PER_MS = 1_000_000
_ASKED: dict[str, tuple[type, ...]] = {
    "ring_writer_pause": (ctypes.c_uint,),
    "ring_writer_hold": (ctypes.c_uint, ctypes.c_bool),
    "ring_writer_mask": (ctypes.c_uint, ctypes.c_uint, ctypes.c_uint),
}


class NativeTime(ctypes.Structure):
    _fields_ = (("elapsing_ns", ctypes.c_int64), ("monotonic_ns", ctypes.c_int64), ("wall_ns", ctypes.c_int64))

    @classmethod
    def at_ms(cls, clock_ms: float) -> NativeTime:
        return cls(*(int(clock_ms * NS_PER_MS) for _ in range(3)))


class NativeRing:
    """`ring_writer` of firmware/native/ring_writer.h on the ring behind `fd`, with a media clock of 20 ms."""

    def __init__(self, fd: int, tick_us: int = 20_000, patience_ms: int = PATIENCE_MS) -> None:
        self._library = load_library()
        pointer, number = ctypes.c_void_p, ctypes.c_uint
        self._library.ring_writer_open.restype = pointer
        self._library.ring_writer_open.argtypes = (ctypes.c_int, number, number)
        self._library.ring_writer_put.restype = None
        self._library.ring_writer_put.argtypes = (
            pointer,
            number,
            ctypes.c_uint64,
            ctypes.c_char_p,
            number,
            ctypes.POINTER(NativeTime),
        )
        self._library.ring_writer_stop.restype = ctypes.c_uint64
        self._library.ring_writer_jumps.restype = ctypes.c_uint64
        for name in ("ring_writer_stop", "ring_writer_jumps", "ring_writer_close"):
            getattr(self._library, name).argtypes = (pointer,)
        self._handle = self._library.ring_writer_open(fd, tick_us, patience_ms)
        if not self._handle:
            raise OSError("the C writer refuses the ring")
        for name, arguments in _ASKED.items():
            getattr(self._library, name).restype = None
            getattr(self._library, name).argtypes = (pointer, *arguments)
        self._library.ring_writer_resume.restype = number
        self._library.ring_writer_resume.argtypes = (pointer, number, ctypes.POINTER(NativeTime))
        self._clock_ms = 0.0

    def put(self, channel: int, timestamp: int, samples: bytes | int, clock_ms: float) -> None:
        """One frame: 16-bit samples, or a number of silent ones, at a moment of the test's clock."""
        now = NativeTime.at_ms(clock_ms)
        self._clock_ms = clock_ms
        audio, count = (None, samples) if isinstance(samples, int) else (samples, len(samples) // 2)
        self._library.ring_writer_put(self._handle, channel, timestamp, audio, count, ctypes.byref(now))

    @property
    def handle(self) -> int:
        return int(self._handle)

    def pause(self, look_back_ms: int) -> None:
        self._library.ring_writer_pause(self._handle, look_back_ms)

    def resume(self, after_ms: int = 0, clock_ms: float | None = None) -> int:
        """At a moment of the test's clock; that of the last frame unless told. Gives how long it still lasts, in ms."""
        now = NativeTime.at_ms(self._clock_ms if clock_ms is None else clock_ms)
        return int(self._library.ring_writer_resume(self._handle, after_ms, ctypes.byref(now)))

    def hold(self, channel: int, on: bool) -> None:
        self._library.ring_writer_hold(self._handle, channel, on)

    def mask(self, channel: int, look_back_ms: int, hold_ms: int) -> None:
        self._library.ring_writer_mask(self._handle, channel, look_back_ms, hold_ms)

    @property
    def jumps(self) -> int:
        return int(self._library.ring_writer_jumps(self._handle))

    def stop(self) -> int:
        return int(self._library.ring_writer_stop(self._handle))

    def close(self) -> None:
        self._library.ring_writer_close(self._handle)
