"""What a short press of the front panel's button asks of the calls in progress: to pause, else to go on.

Pausing comes first: a press that keeps too little costs less than one that keeps a card number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

#: ``all``: every call. ``line``: those of the line in use, which is the one where people began to talk last.
PressedFor = Literal["all", "line"]


@dataclass(frozen=True)
class PanelWish:
    action: Literal["pause", "resume"]
    call_ids: tuple[str, ...]


def wish_of(calls: Iterable[Mapping[str, Any]], pressed_for: PressedFor) -> PanelWish | None:
    """What to ask; None when nothing can be asked of any call.

    Args:
        calls: as the lines process tells them, ``actions`` being what may be asked of each now.
    """
    concerned = _concerned(list(calls), pressed_for)
    for action in ("pause", "resume"):
        able = tuple(str(call["call_id"]) for call in concerned if action in (call.get("actions") or ()))
        if able:
            return PanelWish("pause" if action == "pause" else "resume", able)
    return None


def _concerned(calls: list[Mapping[str, Any]], pressed_for: PressedFor) -> list[Mapping[str, Any]]:
    talking = [call for call in calls if call.get("connected_at_ms")]
    if pressed_for == "all" or not talking:
        return calls
    in_use = max(talking, key=lambda call: int(call["connected_at_ms"]))["line"]
    return [call for call in calls if call.get("line") == in_use]
