"""What the front panel's button asks of the calls in progress.

The rules, and why:

- The first edge pauses whatever can be paused. Nothing has to be known for that: it costs a second of sound at most,
  and what it saves is a card number.
- A single press lets go on only what *this button* paused, and not in the first two seconds. Somebody who presses
  again because they are not sure, or a moment after a desk or a till has paused, means "pause": that must not end one.
  What somebody else paused goes on from where it was paused, or by itself.
- Two presses mark the call. The pause that the first of them asked for is taken back: about a second of sound is the
  price of not waiting. Three or more are somebody in a hurry: the pause stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from firmware.core.panel_light import ButtonAnswer

#: ``all``: every call. ``line``: those of the line in use, which is the one where people began to talk last.
PressedFor = Literal["all", "line"]

#: A pause younger than this is not ended by a press, seconds: whoever pressed may not have seen it yet.
SETTLED_S = 2.0


@dataclass(frozen=True)
class PanelCall:
    """A call as the panel sees it: ``process`` has it, ``actions`` are what may be asked of it now.

    ``paused_how`` is by which way it was paused (a ``How``), empty when it is not; ``paused_for_s`` for how long the
    panel has known of it.
    """

    call_id: str
    process: str
    line: str
    connected_at_ms: int | None = None
    recording: bool = False
    actions: frozenset[str] = frozenset()
    paused_how: str = ""
    paused_for_s: float = 0.0

    @property
    def paused(self) -> bool:
        return bool(self.paused_how)


@dataclass(frozen=True)
class PanelWish:
    action: Literal["pause", "resume", "mark"]
    call_ids: tuple[str, ...]


def concerned(calls: Iterable[PanelCall], pressed_for: PressedFor) -> tuple[PanelCall, ...]:
    """The calls that a press is about."""
    known = tuple(calls)
    talking = [call for call in known if call.connected_at_ms]
    if pressed_for == "all" or not talking:
        return known
    in_use = max(talking, key=lambda call: call.connected_at_ms or 0).line
    return tuple(call for call in known if call.line == in_use)


def pause_wish(calls: Iterable[PanelCall]) -> PanelWish:
    """What the first edge asks for. A pause by the telephone system, which ends it as it likes, is taken over."""
    able = (call.call_id for call in calls if "pause" in call.actions or call.paused_how == "pbx")
    return PanelWish("pause", tuple(able))


def spared_by_rules(calls: Iterable[PanelCall]) -> bool:
    """Whether one of them is recorded and cannot be paused."""
    return any(call.recording and not call.paused and "pause" not in call.actions for call in calls)


def resume_wish(calls: Iterable[PanelCall]) -> PanelWish | ButtonAnswer:
    """What a single press asks for where nothing could be paused; else why it asks for nothing."""
    known = tuple(calls)
    ours = [call for call in known if call.paused_how == "panel" and "resume" in call.actions]
    settled = tuple(call.call_id for call in ours if call.paused_for_s >= SETTLED_S)
    if settled and len(settled) == len(ours):
        return PanelWish("resume", settled)
    if any(call.paused for call in known):
        return ButtonAnswer.STAYS_PAUSED
    return ButtonAnswer.NOT_DONE if spared_by_rules(known) else ButtonAnswer.NOTHING_RECORDED


def mark_wish(calls: Iterable[PanelCall]) -> PanelWish:
    """What two presses ask for."""
    return PanelWish("mark", tuple(call.call_id for call in calls if "mark" in call.actions))
