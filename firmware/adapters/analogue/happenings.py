"""What the threads that watch wires tell the dispatcher. Times are of the monotonic clock, in ms."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from firmware.core.analogue.caller_id_lines import ModemWord
from firmware.native.tapped_line import HeardBlock

# A second of eight lines is four hundred; beyond this the dispatcher does not keep up, and only a restart cures it.
MOST_WAITING: Final = 40_000


@dataclass(frozen=True, slots=True)
class BlockHeard:
    """20 ms of a line, each of its channels; ``at_ms`` is when the last sample was taken."""

    line: str
    at_ms: int
    channels: Sequence[HeardBlock]


@dataclass(frozen=True, slots=True)
class ModemSaid:
    line: str
    at_ms: int
    word: ModemWord


@dataclass(frozen=True, slots=True)
class LoopChanged:
    """The loop is ``closed`` while the phone is off its hook."""

    line: str
    at_ms: int
    closed: bool


Happening = BlockHeard | ModemSaid | LoopChanged


class TooManyHappenings(RuntimeError):
    """The dispatcher does not keep up. Ends the process; its supervisor starts it again."""


class Happenings:
    """What was told and not dealt with yet. Any thread may tell; one deals with it, in turns."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Happening] = queue.SimpleQueue()

    def tell(self, happening: Happening) -> None:
        self._waiting.put(happening)

    def turn(self, max_wait_s: float) -> Iterator[Happening]:
        """What waits now, or else the first that comes.

        What comes meanwhile is for the next turn: threads that are quicker than the dispatcher must not keep it from
        all else that it does.

        Raises:
            TooManyHappenings: more wait than can be made up for.
        """
        waiting = self._waiting.qsize()
        if waiting > MOST_WAITING:
            raise TooManyHappenings(f"{MOST_WAITING} happenings wait to be dealt with")
        try:
            yield self._waiting.get(timeout=max_wait_s)
            for _ in range(waiting - 1):
                yield self._waiting.get_nowait()
        except queue.Empty:
            return
