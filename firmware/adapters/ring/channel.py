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
from firmware.adapters.ring.sender import (
    RecorderConnected,
    RecorderEvent,
    RecorderFault,
    RecorderGone,
    RingDropped,
    RingFinished,
    RingSender,
    RingTaken,
)

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
