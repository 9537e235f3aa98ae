"""What the threads that watch wires tell the dispatcher. Times are of the monotonic clock, in ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.core.analogue.caller_id_lines import ModemWord
from firmware.native.tapped_line import HeardBlock


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
