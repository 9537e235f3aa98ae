"""Telling people during the call: the reminder that staff can have played, and their word that they told the caller."""

from __future__ import annotations

from firmware.core.call.confirming import confirm
from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call.state import Call
from firmware.core.call_record import Asker
from firmware.core.events import AnnouncementEnded
from firmware.core.told_callers import REMINDER, REMINDER_GIVEN, TOLD, TOLD_PROMPT


def why_not_remind(call: Call) -> str:
    """Why the reminder cannot be played: what it says would not be true, or nobody could hear it."""
    if call.plan.emergency:
        return "Nothing is announced in an emergency call."
    if not call.on_record:
        return "This call is not being recorded."
    if not call.plan.capabilities.announces:
        return "This line only listens: nothing can be said to the other party."
    return "" if call.listening("far_party") is not None else "The other party cannot hear it now."


def remind(making: Making, asker: Asker) -> None:
    """Tell the far party that the call is recorded; staff hear it too, and so know when it is over."""
    making.announce(REMINDER, "far_party", "office")
    making.tag(REMINDER_GIVEN)


def _reminder_ended(making: Making, event: AnnouncementEnded) -> None:
    """One that could not be played was not given, unless another was."""
    given = any(said.prompt == REMINDER and said.completed for said in making.call.announcements)
    if event.prompt == REMINDER and not event.completed and not given and making.call.on_record:
        making.untag(REMINDER_GIVEN)


def why_not_told(call: Call) -> str:
    """Why there is nothing to have told."""
    return "This call is never recorded." if call.plan.decision.mode == "never" else ""


def told(making: Making, asker: Asker) -> None:
    """Take staff's word for it."""
    making.tag(TOLD)
    confirm(making, TOLD_PROMPT, asker)


TELLING = Feature(events={AnnouncementEnded: _reminder_ended})
