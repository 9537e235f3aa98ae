"""What line taps and timers tell a call: values without behaviour. When they happened is told beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware.core.leg import LegNumber

# trying: the peer has not even said 100; progress: it has, but nothing rings; no_answer: it rings in vain;
# notice: the player has not said that the notice is over; tone: the failure tone has been heard long enough.
Timer = Literal["trying", "progress", "no_answer", "notice", "tone"]


@dataclass(frozen=True)
class LegTrying:
    """The peer has the request (100 Trying): it is alive."""

    leg: LegNumber


@dataclass(frozen=True)
class LegProgress:
    """A provisional answer: 180 to 183. ``early_media`` when the peer already sends sound (its own tones or words)."""

    leg: LegNumber
    status: int
    early_media: bool = False


@dataclass(frozen=True)
class LegAnswered:
    leg: LegNumber


@dataclass(frozen=True)
class LegEnded:
    """The leg is gone, whoever ended it. ``status`` is the last SIP status: below 300 for an ordinary hang-up."""

    leg: LegNumber
    status: int = 200


@dataclass(frozen=True)
class MediaReady:
    """Sound can flow, or flows anew after a re-INVITE: whatever was connected to the leg must be connected again."""

    leg: LegNumber
    held: bool = False


@dataclass(frozen=True)
class NoticeStarted:
    leg: LegNumber
    duration_ms: int


@dataclass(frozen=True)
class NoticeEnded:
    """``completed`` is False when it could not be played, or not to its end."""

    leg: LegNumber
    completed: bool


@dataclass(frozen=True)
class KeyPressed:
    """A telephone key (RFC 4733 event or SIP INFO). The key never reaches a log or a recording."""

    leg: LegNumber
    key: str
    duration_ms: int = 160

    def __repr__(self) -> str:
        return f"KeyPressed(leg={self.leg})"


@dataclass(frozen=True)
class TimerFired:
    timer: Timer


@dataclass(frozen=True)
class HangUpRequested:
    """A person, or the box itself, ends the call. ``cause`` goes into the call's record."""

    cause: str


@dataclass(frozen=True)
class RecordingFailed:
    """The audio path to the recorder is gone. The call goes on."""

    why: str


Event = (
    LegTrying
    | LegProgress
    | LegAnswered
    | LegEnded
    | MediaReady
    | NoticeStarted
    | NoticeEnded
    | KeyPressed
    | TimerFired
    | HangUpRequested
    | RecordingFailed
)
