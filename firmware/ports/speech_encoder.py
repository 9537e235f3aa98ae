"""Turning a block of both parties' samples into compressed packets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class SpeechEncoder(Protocol):
    """The encoder of one recording: two channels that share nothing. Used by one thread at a time."""

    @property
    def packet_samples(self) -> int:
        """Samples per channel in one packet."""
        ...

    @property
    def lookahead_samples(self) -> int:
        """By how many samples what is decoded lags behind what was encoded."""
        ...

    def encode(self, addresses: tuple[int, int], samples: int) -> Sequence[bytes]:
        """Packets of a block, in order: the samples (16 bit) lie at the two addresses, far party first.

        ``samples`` is a multiple of ``packet_samples``. Nothing but the two channels' memory is read, and it is not
        kept.
        """
        ...

    def roll_back(self) -> None:
        """Forget the last ``encode``: its block changed meanwhile and will be encoded again, or never."""
        ...
