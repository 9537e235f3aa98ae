"""What is asked of the recording policy, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction, Presentation
from firmware.core.local_time import LocalTime

# always: from beginning to end, not to be paused by hand. pausable: likewise, with pause and resume. on_demand: nothing
# before somebody in the office starts it. never: nothing.
RecordingMode = Literal["always", "pausable", "on_demand", "never"]

MODE_WORDS: dict[RecordingMode, str] = {
    "always": "always recorded",
    "pausable": "recorded, with pause and resume",
    "on_demand": "recorded only once started by the office",
    "never": "never recorded",
}


@dataclass(frozen=True)
class CallFacts:
    """What rules may look at, all of it known before the first word is spoken.

    Attributes:
        line: the line's name.
        direction: of the call, as the office sees it.
        local: when it came, by the office's clock.
        emergency: whether an emergency number was dialled.
        extension: outbound the calling party's number, inbound the number dialled, in the form of ``NumberForm``.
        far_number: the other party's number in that form; None when it is withheld or unavailable.
        far_presentation: whether the other party's number is to be had.
        call_id: decides what chance draws; None where the call is only thought of and chance has not spoken.
    """

    line: str
    direction: Direction
    local: LocalTime
    emergency: bool = False
    extension: str | None = None
    far_number: str | None = None
    far_presentation: Presentation = "available"
    call_id: str | None = None


@dataclass(frozen=True)
class Decision:
    """What is done with a call.

    ``record``: recording starts by itself. ``decided_by`` names the rule in words fit to show a person; ``notice`` is
    whether that rule lets the line's notice be played.
    """

    record: bool
    mode: RecordingMode
    decided_by: str
    retention_class: str = "standard"
    notice: bool = True


def decision(mode: RecordingMode, whose: str, retention_class: str = "standard", notice: bool = True) -> Decision:
    """The decision for a mode. ``whose`` mode it is: a rule's, an extension's or a line's, in words."""
    return Decision(mode in ("always", "pausable"), mode, f"{whose}: {MODE_WORDS[mode]}", retention_class, notice)
