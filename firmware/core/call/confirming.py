"""Telling the member of staff what became of their wish, and noting what was said to whom."""

from __future__ import annotations

from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call_record import Asker
from firmware.core.events import AnnouncementEnded


def confirm(making: Making, prompt: str, asker: Asker) -> None:
    """Speak to the member of staff. Who asked by a call of its own hears the answer in that call."""
    if asker.way != "call" and making.call.staff_listening is not None:
        making.announce(prompt, "office")


def _announcement_ended(making: Making, event: AnnouncementEnded) -> None:
    for leg in event.legs:
        side = making.call.side_of(leg)
        if side is not None:
            making.end_announcement(event.prompt, side, event.completed)


CONFIRMING = Feature(events={AnnouncementEnded: _announcement_ended})
