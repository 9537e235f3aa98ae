"""What is to be told of calls on a line that is only listened to, and by which rules they are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction, Party

Hook = Literal["loop", "voice"]


@dataclass(frozen=True)
class EdgeRules:
    """How one line's calls are told apart. Times in ms.

    Attributes:
        hook: what tells that the phone is off its hook.
        rings_are_told: a modem tells rings, so that a call without any is an outbound one.
        silence_ends: so long without voice ends a call, where no loop detector tells. Above any comfort silence.
        paused_silence_ends: the same while the recording is paused: longer than a payment goes on in silence, and than
            a pause that is forgotten (as shipped).
        pre_roll: how much before the first voice belongs to the call.
        ringing_kept: the same for an outbound call: whatever answered, its first sound is among it.
        clear: the loop must be open for so long; a shorter break is a recall (flash).
        dialling_pause: so long without a key ends a number whose length is not known.
        ring_holds: so long after a ring an answered call is that which rang. UK cadence: a ring every 3 s.
        undecided: how long after being seized a line may still show dial tone or a key.
        unheard: so long after dialling, without a tone and without voice, an outbound call is held to be one.
        plan: the numbering plan that says how long numbers are.
    """

    hook: Hook = "voice"
    rings_are_told: bool = False
    silence_ends: int = 20_000
    paused_silence_ends: int = 240_000
    pre_roll: int = 500
    ringing_kept: int = 2_000
    clear: int = 700
    dialling_pause: int = 4_000
    ring_holds: int = 4_500
    undecided: int = 3_000
    unheard: int = 8_000
    plan: str = "uk"


#: How much must be kept of what was heard before: the longest that a line is seized before its call is known.
LONGEST_SEIZED_MS = 9_000


@dataclass(frozen=True)
class CallBegan:
    """A call; ``at_ms`` is when, and everything heard from then on belongs to it.

    ``far`` is the far party as far as it is known; ``dialled`` the number that was keyed.
    """

    at_ms: int
    direction: Direction
    far: Party
    dialled: str | None = None


@dataclass(frozen=True)
class CallerNamed:
    """The network says only now who the caller is."""

    at_ms: int
    far: Party


@dataclass(frozen=True)
class CallEnded:
    at_ms: int
    cause: str


LineEvent = CallBegan | CallerNamed | CallEnded
