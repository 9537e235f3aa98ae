"""Telephone keys that come as events, each with the stream it came on (see ``stream_keys.h``)."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Final

from firmware.native.recorder_port import load_library

_AT_ONCE = 64


class _KeyStruct(ctypes.Structure):
    stream: int
    duration_ms: int
    over: bool
    key: bytes
    _fields_ = (
        ("stream", ctypes.c_uint32),
        ("duration_ms", ctypes.c_uint16),
        ("over", ctypes.c_bool),
        ("key", ctypes.c_char),
    )


@dataclass(frozen=True)
class StreamKey:
    """A key is down on the stream of that number, or its press is ``over``."""

    stream: int
    key: str
    duration_ms: int
    over: bool

    def __repr__(self) -> str:
        return f"StreamKey(stream={self.stream})"


class StreamKeys:
    """The keys of every stream that is listened to. For the thread that polls the library, while it is up.

    Raises (from the constructor):
        NativeBuildError: the C cannot be compiled or loaded here.
    """

    def __init__(self) -> None:
        self._library: Final = load_library()

    def listen(self, stream: Any, number: int) -> None:
        """Tell the keys of one of pjsua2's streams under that number; its own callbacks tell none of it any more."""
        self._library.stream_keys_listen(int(stream), number)

    def take(self) -> list[StreamKey]:
        """What came since the last time, in order; it is held nowhere else any more."""
        keys = (_KeyStruct * _AT_ONCE)()
        count = self._library.stream_keys_take(keys, _AT_ONCE)
        taken = [
            StreamKey(one.stream, one.key.decode("ascii", "replace"), one.duration_ms, one.over) for one in keys[:count]
        ]
        ctypes.memset(keys, 0, ctypes.sizeof(keys))
        return taken
