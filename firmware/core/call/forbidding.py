"""Keeping out of a recording who came to a call later and is never recorded: a private phone, another department.

What was said before they came was decided about before, and stays. Nothing is recorded from then on, even if they
leave.
"""

from __future__ import annotations

from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.events import NotToBeRecorded

#: The tag of a call whose recording ended before it, because of who came.
NO_LONGER_RECORDED = "no longer recorded"


def _forbidden(making: Making, event: NotToBeRecorded) -> None:
    call = making.call
    if call.forbidden or call.phase == "ending":
        return
    making.change(forbidden=event.why)
    if call.on_record:
        making.tag(NO_LONGER_RECORDED)
        making.change(recording_fault=f"{NO_LONGER_RECORDED}: {event.why}")
        making.stop_recording(making.call.recording_fault)
    else:
        making.end_pause("")


FORBIDDING = Feature(events={NotToBeRecorded: _forbidden})
