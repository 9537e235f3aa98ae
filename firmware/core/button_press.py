"""One button, told apart: a press, two, many, a hold of five seconds, and one that began with the power.

Pure: edges and the time go in, gestures come out. Why it is as it is:

- ``TOUCHED`` comes with the first edge, before anything is known of what follows: a pause that is asked for must not
  wait until it is clear that no second press comes. What is *not* safe to do at once (to let a recording go on) waits
  for ``PRESSED_ONCE``. Three presses or more are somebody in a hurry and no mark: ``PRESSED_OFTEN``.
- A hold does something only when it is let go, and only when the light had said so for a moment before: something that
  leans on the button, a jammed button or a process that stood still meanwhile do nothing.
- Letting go counts when it has lasted for ``bounce_s``; pressing counts at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal


class Gesture(Enum):
    """What the button was used for. Those of a hold come one after the other while it lasts."""

    TOUCHED = "touched"
    PRESSED_ONCE = "pressed once"
    PRESSED_TWICE = "pressed twice"
    PRESSED_OFTEN = "pressed often"
    HOLDS = "holds"
    MAY_LET_GO = "may let go"
    SHUT_DOWN = "shut down"
    HOLDS_FROM_START = "holds from the start"
    MAY_LET_GO_FROM_START = "may let go, from the start"
    RESET_NETWORK = "reset network"
    GIVEN_UP = "given up"
    STUCK = "stuck"
    FREED = "freed"


@dataclass(frozen=True)
class PressTimes:
    """In seconds.

    Attributes:
        bounce_s: letting go for less is the contact's bouncing.
        again_s: a press this soon after the last one was let go belongs to it.
        short_s: what is down for longer is no press.
        hold_s: from when letting go shuts down.
        reset_s: the same for the network, of a button that was down when the power came on.
        seen_s: for how long the light must have said so before letting go counts.
        stuck_s: how long after that nobody is taken to be holding the button any more.
    """

    bounce_s: float = 0.03
    again_s: float = 0.4
    short_s: float = 1.0
    hold_s: float = 5.0
    reset_s: float = 15.0
    seen_s: float = 0.3
    stuck_s: float = 15.0


TIMES = PressTimes()

# up: nothing goes on; between: let go, and another press may follow; down: a press, or what becomes a hold;
# held: longer than a press; armed: letting go does it; stuck: whatever happens does nothing.
_Phase = Literal["up", "between", "down", "held", "armed", "stuck"]


@dataclass(frozen=True)
class Button:
    """The button so far. ``since_s`` is when it went down, was let go (between), or was said to be armed.

    ``loose_s``: let go then, if it lasts. All times are of one monotonic clock.
    """

    phase: _Phase = "up"
    since_s: float = 0.0
    presses: int = 0
    loose_s: float | None = None
    from_start: bool = False

    @property
    def down(self) -> bool:
        return self.phase not in ("up", "between")


Seen = tuple[Button, tuple[Gesture, ...]]

RELEASED = Button()


def found_down(at_s: float, *, with_power: bool) -> Button:
    """A button that was down when the panel began: held with the power, or jammed."""
    return Button("down", at_s, from_start=True) if with_power else Button("stuck", at_s)


def edge(button: Button, down: bool, at_s: float, times: PressTimes = TIMES) -> Seen:
    """The contact closed or opened. The same edge twice changes nothing; a time that runs back counts as now."""
    button, told = pass_time(button, at_s, times)
    if not down:
        if button.down and button.loose_s is None:
            button = replace(button, loose_s=at_s)
    elif button.down:
        button = replace(button, loose_s=None)
    elif button.phase == "between":
        button = Button("down", at_s, button.presses + 1)
    else:
        button, told = Button("down", at_s, 1), (*told, Gesture.TOUCHED)
    return button, told


def pass_time(button: Button, now_s: float, times: PressTimes = TIMES) -> Seen:
    """Nothing happened until now, which is something, too."""
    told: tuple[Gesture, ...] = ()
    while (due_s := next_due_s(button, times)) is not None and due_s <= now_s:
        button, more = _due(button, now_s, times)
        told += more
    return button, told


def next_due_s(button: Button, times: PressTimes = TIMES) -> float | None:
    """When ``pass_time`` has something to say next; None: not before another edge."""
    if button.loose_s is not None:
        return button.loose_s + times.bounce_s
    waits = {
        "between": times.again_s,
        "down": times.short_s,
        "held": times.reset_s if button.from_start else times.hold_s,
        "armed": times.stuck_s,
    }
    wait_s = waits.get(button.phase)
    return None if wait_s is None else button.since_s + wait_s


def _due(button: Button, now_s: float, times: PressTimes) -> Seen:
    if button.loose_s is not None:
        return _let_go(button, button.loose_s, times)
    started = button.from_start
    match button.phase:
        case "between":
            return RELEASED, (_BURSTS.get(button.presses, Gesture.PRESSED_OFTEN),)
        case "down":
            return replace(button, phase="held"), (Gesture.HOLDS_FROM_START if started else Gesture.HOLDS,)
        case "held":
            # From when it is said, not from when it was due: the light shows it from now on.
            may = Gesture.MAY_LET_GO_FROM_START if started else Gesture.MAY_LET_GO
            return replace(button, phase="armed", since_s=now_s), (may,)
        case _:
            return replace(button, phase="stuck", since_s=now_s), (Gesture.STUCK,)


def _let_go(button: Button, at_s: float, times: PressTimes) -> Seen:
    match button.phase:
        case "down" if not button.from_start:
            return Button("between", at_s, button.presses), ()
        case "armed" if at_s - button.since_s >= times.seen_s:
            return RELEASED, (Gesture.RESET_NETWORK if button.from_start else Gesture.SHUT_DOWN,)
        case "stuck":
            return RELEASED, (Gesture.FREED,)
    return RELEASED, (Gesture.GIVEN_UP,)


_BURSTS = {1: Gesture.PRESSED_ONCE, 2: Gesture.PRESSED_TWICE}
