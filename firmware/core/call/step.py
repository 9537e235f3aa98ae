"""The life of a call, put together from its features.

A call is opened by its INVITE and stepped by events. Which feature reacts to what is a table; each is a module of its
own.
"""

from __future__ import annotations

from firmware.core.call.actions import ACTIONS
from firmware.core.call.confirming import CONFIRMING
from firmware.core.call.forbidding import FORBIDDING
from firmware.core.call.handlers import Feature
from firmware.core.call.holding import HOLDING
from firmware.core.call.keys import KEYS
from firmware.core.call.making import NOTICE_START_MS, Making, Step
from firmware.core.call.notices import NOTICES
from firmware.core.call.pausing import PAUSING
from firmware.core.call.reaching import REACHING
from firmware.core.call.state import Call, CallPlan
from firmware.core.call.telling import TELLING
from firmware.core.call.transferring import TRANSFERRING
from firmware.core.call.warning_tone import WARNING_TONE
from firmware.core.events import Event, TimerFired
from firmware.core.leg import CALLER, Leg

# In the order in which they are asked about an event. Keys come before notices: one that ends a notice, and so lets the
# parties hear each other, is not passed on to them.
_FEATURES: tuple[Feature, ...] = (
    TRANSFERRING,
    REACHING,
    KEYS,
    NOTICES,
    ACTIONS,
    PAUSING,
    FORBIDDING,
    CONFIRMING,
    TELLING,
    HOLDING,
    WARNING_TONE,
)
_TIMERS = {timer: handler for feature in _FEATURES for timer, handler in feature.timers.items()}


def open_call(plan: CallPlan, at_ms: int) -> Step:
    """Begin a call whose INVITE has arrived on the caller's leg, or a tapped one that is heard from now."""
    making = Making(Call(plan, "dialling", at_ms, legs=(Leg(CALLER, "trying", phone=plan.phone),)), at_ms)
    if plan.tapped:
        making.listen()
    elif plan.receives:
        making.change(phase="notice")
        making.answer_caller()
        making.start_timer("notice", NOTICE_START_MS)
    else:
        making.dial_next(404)
    return making.result()


def step(call: Call, event: Event, at_ms: int, late_ms: int = 0) -> Step:
    """Take one event, that reached the box at ``at_ms`` and waited there for ``late_ms``.

    Events about a call that is over, or about legs that are gone, change nothing.
    """
    if call.over:
        return call, ()
    making = Making(call, at_ms, late_ms)
    if isinstance(event, TimerFired):
        _fire(making, event)
    for feature in _FEATURES:
        handler = feature.events.get(type(event))
        if handler is not None:
            handler(making, event)
    for feature in _FEATURES:
        feature.follow_up(making, call)
    return making.result()


def _fire(making: Making, event: TimerFired) -> None:
    """A timer that was cancelled a moment ago changes nothing."""
    if event.timer in making.call.timers:
        making.change(timers=making.call.timers - {event.timer})
        _TIMERS[event.timer](making)
