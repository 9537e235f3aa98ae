"""What the lines hear of the recorder: that it is there or not, and how each ring fares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecorderConnected:
    """The recorder is there and has said so."""

    pid: int


@dataclass(frozen=True)
class RecorderGone:
    """The recorder is not there any more; rings fill until it is back."""


@dataclass(frozen=True)
class RingTaken:
    """The recorder reads this ring and has its recording file open."""

    recording_id: str


@dataclass(frozen=True)
class RingFinished:
    """All of this recording is safely on disk; its ring is gone."""

    recording_id: str


@dataclass(frozen=True)
class RecorderFault:
    """The recorder cannot make this recording as it should."""

    recording_id: str
    text: str


@dataclass(frozen=True)
class RingDropped:
    """The recorder was away too long: what it had not yet read of this finished call is lost."""

    recording_id: str


RecorderEvent = RecorderConnected | RecorderGone | RingTaken | RingFinished | RecorderFault | RingDropped
