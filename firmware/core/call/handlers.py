"""What one feature of a call reacts to. Features are put together in ``step.py``; none of them knows of all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.core.call.making import Making
from firmware.core.call.state import Call
from firmware.core.events import Event, Timer

Handler = Callable[[Making, Any], None]
TimerHandler = Callable[[Making], None]
FollowUp = Callable[[Making, Call], None]


def _nothing(making: Making, before: Call) -> None:
    """Most features have nothing to add."""


@dataclass(frozen=True)
class Feature:
    """One feature's reactions.

    Attributes:
        events: what it does about an event. Several features may handle the same kind of event: each is asked, in the
            order in which ``step.py`` lists them, and sees what those before it made of the call.
        timers: what it does when a timer of its own fires. A timer belongs to one feature.
        follow_up: asked at the end of every step with the call as it was before: for what depends on a change
            (connected, held, recording) and not on the event that brought it.
    """

    events: Mapping[type[Event], Handler] = field(default_factory=dict)
    timers: Mapping[Timer, TimerHandler] = field(default_factory=dict)
    follow_up: FollowUp = _nothing
