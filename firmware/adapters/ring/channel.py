"""Both ends of the hand-over of rings from lines to the recorder."""

from __future__ import annotations

from firmware.adapters.ring.receiver import (
    CallNotRecorded,
    RecordUpdated,
    RingClosed,
    RingOffered,
    RingReceiver,
    WriterArrived,
    WriterGone,
    WriterMessage,
)
from firmware.adapters.ring.recorder_events import (
    RecorderConnected,
    RecorderEvent,
    RecorderFault,
    RecorderGone,
    RingDropped,
    RingFinished,
    RingTaken,
)
from firmware.adapters.ring.sender import RingSender

__all__ = [
    "CallNotRecorded",
    "RecordUpdated",
    "RecorderConnected",
    "RecorderEvent",
    "RecorderFault",
    "RecorderGone",
    "RingClosed",
    "RingDropped",
    "RingFinished",
    "RingOffered",
    "RingReceiver",
    "RingSender",
    "RingTaken",
    "WriterArrived",
    "WriterGone",
    "WriterMessage",
]
