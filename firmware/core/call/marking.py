"""Marking a moment of a call, so that the place is found again: nothing of the recording changes by it."""

from __future__ import annotations

from firmware.core.call.making import MOST_KEPT, Making
from firmware.core.call.state import Call
from firmware.core.call_record import MARKED, Asker, Mark


def why_not_mark(call: Call) -> str:
    """Why there is no place to mark."""
    return "" if call.on_record else "This call is not being recorded."


def mark(making: Making, asker: Asker) -> None:
    """Note the moment. A button that is pressed for hours leaves the newest."""
    marks = (*making.call.marks, Mark(making.at_ms, asker.how, asker.who))
    making.change(marks=marks[-MOST_KEPT:])
    making.tag(MARKED)
