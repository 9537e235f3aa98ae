"""A sound card's time: which of its samples was taken when, and how many were lost while nobody read.

A card counts samples by a crystal of its own, which differs from the machine's by some millionths. Its own count is a
recording's time; what was lost is added to it, so that time never shifts.
"""

from __future__ import annotations

from collections import deque
from typing import Final

_NS_PER_S = 1_000_000_000
# Blocks come late, never early: the least late one of the last seconds tells when samples are really taken.
_SPAN_NS = 5 * _NS_PER_S
_SPANS = 3
_SETTLES_NS = 2 * _NS_PER_S
# Crystals differ by less.
_DRIFT_PPM = 500


class CaptureClock:
    """Counts one device's samples. Times are monotonic, in ns. One thread, but where it says otherwise."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate: Final = sample_rate_hz
        self._number = 0
        #: How many samples were lost so far.
        self.lost = 0
        self._lost_before = False
        self._zeros: deque[int] = deque(maxlen=_SPANS)  # when sample 0 was taken, at the latest, by each span
        self._span_ends_ns = 0
        self._zero_ns: int | None = None
        self._settled_ns = self._learned_ns = 0

    @property
    def started(self) -> bool:
        return self._zero_ns is not None

    def interrupted(self) -> None:
        """Samples were lost between the block before and the next."""
        self._lost_before = True

    def block(self, count: int, read_ns: int) -> int:
        """A block of ``count`` samples has been read; gives the number of its first. Never goes back."""
        if self._lost_before:
            taken = self.number_at(read_ns) - count
            self.lost += max(0, taken - self._number)
            self._number = max(self._number, taken)
        self._lost_before = False
        first = self._number
        self._number += count
        self._learn(read_ns - self._ns(self._number), read_ns)
        return first

    def taken_ns(self, number: int) -> int:
        """When that sample was taken. Any thread."""
        return (self._zero_ns or 0) + self._ns(number)

    def number_at(self, at_ns: int) -> int:
        """The number of the sample that is taken at that time. Any thread."""
        return 0 if self._zero_ns is None else (at_ns - self._zero_ns) * self._rate // _NS_PER_S

    def _learn(self, zero_ns: int, read_ns: int) -> None:
        if not self._zeros or read_ns >= self._span_ends_ns:
            self._zeros.append(zero_ns)
            self._span_ends_ns = read_ns + _SPAN_NS
        else:
            self._zeros[-1] = min(self._zeros[-1], zero_ns)
        found_ns = min(self._zeros)
        if self._zero_ns is None or read_ns < self._settled_ns:
            self._settled_ns = self._settled_ns or read_ns + _SETTLES_NS
            self._zero_ns = found_ns
        else:
            # After a loss that a late block was taken to be longer than it was, samples seem to come early: no crystal
            # runs so fast.
            most_ns = (read_ns - self._learned_ns) * _DRIFT_PPM // 1_000_000
            self._zero_ns += max(-most_ns, min(most_ns, found_ns - self._zero_ns))
        self._learned_ns = read_ns

    def _ns(self, samples: int) -> int:
        return samples * _NS_PER_S // self._rate
