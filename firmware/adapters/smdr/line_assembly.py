"""Lines out of what a port gives, a few bytes at a time, whatever that is. Bounded, and never in doubt for ever.

A PBX ends its lines with CR, LF or both, its pages with FF, and pads them with NUL. A port at the wrong speed gives
noise: lines of that are not handed on, and ``trouble`` says what it looks like.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Literal

LONGEST_LINE = 1024
_LOOKED_AT = 400
_ENOUGH_TO_TELL = 60
_READABLE_SHARE = 0.85
_ENDS = re.compile(rb"[\r\n\f]")
_READABLE = frozenset(b"\t\n\r\f\x00") | frozenset(range(0x20, 0x7F))
_NOISE = bytes(each for each in range(256) if each not in _READABLE)

Trouble = Literal["", "unreadable", "parity"]


class LineAssembler:
    """Not for more than one thread at a time."""

    def __init__(self) -> None:
        self._begun = b""
        self._too_long = False
        self._lately: deque[int] = deque(maxlen=_LOOKED_AT)

    def feed(self, received: bytes) -> list[str]:
        """The lines that are whole now. One that is longer than any is dropped up to its end."""
        self._lately.extend(received[-_LOOKED_AT:])
        *whole, rest = _ENDS.split(received)
        lines = [self._whole(each) for each in whole]
        self._begin(rest)
        return [line for line in lines if line is not None]

    def cut(self) -> None:
        """The connection broke: what was begun never ends."""
        self._begun, self._too_long = b"", False

    @property
    def trouble(self) -> Trouble:
        """What the last bytes look like. ``parity``: seven bits and a parity bit, read as eight."""
        count = len(self._lately)
        if count < _ENOUGH_TO_TELL or _share_readable(self._lately) >= _READABLE_SHARE:
            return ""
        seven_bits = [each & 0x7F for each in self._lately]
        high = sum(each >= 0x80 for each in self._lately)
        return "parity" if _share_readable(seven_bits) > 0.97 and high < 0.8 * count else "unreadable"

    def _begin(self, rest: bytes) -> None:
        if len(self._begun) + len(rest) > LONGEST_LINE:
            self._begun, self._too_long = b"", True
        elif not self._too_long:
            self._begun += rest

    def _whole(self, end: bytes) -> str | None:
        self._begin(end)
        line, too_long = self._begun, self._too_long
        self.cut()
        if too_long or not line.strip(b"\x00 \t"):
            return None
        if len(line) - len(line.translate(None, _NOISE)) > 0.2 * len(line):
            return None
        return line.replace(b"\x00", b"").decode("latin-1")


def _share_readable(looked_at: deque[int] | list[int]) -> float:
    return sum(each in _READABLE for each in looked_at) / len(looked_at)
