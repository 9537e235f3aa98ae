"""A recording's name: a UUID that begins with its time (version 7, RFC 9562 §5.7), so that names sort by time."""

from __future__ import annotations

import re

RANDOM_BYTES = 10
_ID = re.compile(r"[0-9a-f-]{32,36}")


def recording_id(at_ms: int, random: bytes) -> str:
    """The id of a recording that begins at ``at_ms`` (Unix ms), as 32 hexadecimal digits.

    Args:
        random: ``RANDOM_BYTES`` bytes from a source that does not repeat.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"{RANDOM_BYTES} random bytes are needed, not {len(random)}")
    high = 0x7000 | int.from_bytes(random[:2]) & 0x0FFF
    low = 0x8000_0000_0000_0000 | int.from_bytes(random[2:]) & 0x3FFF_FFFF_FFFF_FFFF
    return f"{at_ms & 0xFFFF_FFFF_FFFF:012x}{high:04x}{low:016x}"


def opaque(recording_id: str) -> str:
    """An id as it may stand in an evidence line; whatever else somebody asked for is only told as unknown."""
    return recording_id if _ID.fullmatch(recording_id) else "unknown"
