"""Turning a block of a call's samples into compressed packets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class SpeechEncoder(Protocol):
    """The encoder of one recording: one or two channels that share nothing. Used by one thread at a time."""

    @property
    def packet_samples(self) -> int:
        """Samples per channel in one packet."""
        ...

    @property
    def lookahead_samples(self) -> int:
        """By how many samples what is decoded lags behind what was encoded."""
        ...

    def encode(self, address_of: Callable[[int], int], samples: int) -> Sequence[bytes]:
        """Packets of a block, in order. ``address_of(channel)`` tells where its 16-bit samples lie (far party is 0).

        ``samples`` is a multiple of ``packet_samples``. A channel's memory is read before the next address is asked
        for.
        """
        ...

    def silence(self, samples: int) -> Sequence[bytes]:
        """Packets of silence for time that was not encoded; the next ``encode`` will know that silence came before."""
        ...

    def roll_back(self) -> None:
        """Forget the last ``encode``: its block changed meanwhile and will be encoded again, or never."""
        ...
