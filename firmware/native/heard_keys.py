"""Telephone keys as the C hands them over (``heard_key`` in key_queue.h)."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: As many as both channels' queues hold.
_AT_ONCE = 32


class KeyStruct(ctypes.Structure):
    """One key, laid out as in C."""

    at_sample: int
    duration_ms: int
    channel: int
    key: bytes
    _fields_ = (
        ("at_sample", ctypes.c_uint64),
        ("duration_ms", ctypes.c_uint32),
        ("channel", ctypes.c_uint8),
        ("key", ctypes.c_char),
        ("reserved", ctypes.c_uint8 * 2),
    )


@dataclass(frozen=True)
class HeardKey:
    """A telephone key that a channel was heard to press (ITU-T Q.23), told when let go or after half a second.

    ``at_sample`` is where it began, on the ring's time (on the port's own where there is no ring).
    """

    channel: int
    key: str
    at_sample: int
    duration_ms: int

    def __repr__(self) -> str:
        return f"HeardKey(channel={self.channel})"


def take_keys(fetch: Callable[[ctypes.Array[KeyStruct], int], Any]) -> list[HeardKey]:
    """The keys that ``fetch`` moves into the room it is given, of how many it says; the room is cleared of them."""
    room = (KeyStruct * _AT_ONCE)()
    count = fetch(room, _AT_ONCE)
    keys = [HeardKey(key.channel, key.key.decode("ascii"), key.at_sample, key.duration_ms) for key in room[:count]]
    ctypes.memset(room, 0, ctypes.sizeof(room))
    return keys
