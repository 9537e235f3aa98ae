"""How long a jitter buffer holds packets back at this moment.

The library's own figure is a mean over the whole call, taken only when a packet came since the last one was played.
What lies in the buffer, looked at now and then, tells the delay of the moment: by Little's law, on average as much
speech lies there as a packet waits.
"""

from __future__ import annotations

from collections import deque

#: At one look a second: long enough for a steady mean, short enough to be "at this moment".
LOOKS = 12


class HeldBack:
    """The delay over the last looks. Looks must fall on every point of the beat at which the buffer is emptied."""

    def __init__(self) -> None:
        self._held_ms: deque[float] = deque(maxlen=LOOKS)

    def look(self, held_ms: float) -> None:
        """Take note of how much speech lies in the buffer. Only while packets come: what is over holds nothing back."""
        self._held_ms.append(held_ms)

    def start_afresh(self) -> None:
        """The buffer is a new one."""
        self._held_ms.clear()

    @property
    def delay_ms(self) -> float:
        """The mean of the looks; 0 before the first."""
        return sum(self._held_ms) / len(self._held_ms) if self._held_ms else 0.0
