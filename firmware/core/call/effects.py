"""What a call asks to have done. Adapters carry effects out in order; one that fails comes back as an event."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.call_tones import CallTone
from firmware.core.events import Timer
from firmware.core.leg import CALLER, LegNumber


@dataclass(frozen=True)
class Target:
    """Somewhere to dial: the name of a trunk or of the office's peer, and the number to ask it for.

    ``server`` is one of several ``host:port`` that the peer has; empty where it has only one.
    """

    peer: str
    number: str
    server: str = ""


@dataclass(frozen=True)
class RelayProgress:
    """Tell the caller what the other side said: 180, 183 …; with sound when ``early_media``."""

    status: int
    early_media: bool


@dataclass(frozen=True)
class AnswerCaller:
    """Answer the caller's leg (200)."""


@dataclass(frozen=True)
class Dial:
    leg: LegNumber
    target: Target


@dataclass(frozen=True)
class HangUp:
    """End a leg: BYE, CANCEL or the final ``status``, whichever fits the leg's state."""

    leg: LegNumber
    status: int = 603


@dataclass(frozen=True)
class PlayNotice:
    """Play a prompt to a leg from its start; legs in ``overheard_by`` hear it as well. ``NoticeEnded`` follows."""

    leg: LegNumber
    prompt: str
    overheard_by: tuple[LegNumber, ...] = ()


@dataclass(frozen=True)
class PlayTone:
    leg: LegNumber
    tone: CallTone


@dataclass(frozen=True)
class StopPlaying:
    """Stop any notice or tone that the box plays to the leg."""

    leg: LegNumber


@dataclass(frozen=True)
class Bridge:
    """Let two legs hear each other."""

    caller: LegNumber
    called: LegNumber


@dataclass(frozen=True)
class Unbridge:
    caller: LegNumber
    called: LegNumber


@dataclass(frozen=True)
class Reconnect:
    """The leg's media was made anew: connect again what it hears, who hears it, and the recorder."""

    leg: LegNumber


@dataclass(frozen=True)
class StartRecording:
    """Record the two bridged legs from now."""

    called: LegNumber


@dataclass(frozen=True)
class StopRecording:
    """Close the recording: asked for exactly once for each ``StartRecording``."""

    cause: str


@dataclass(frozen=True)
class RelayKey:
    """Send a telephone key on as an RFC 4733 event."""

    leg: LegNumber
    key: str
    duration_ms: int

    def __repr__(self) -> str:
        return f"RelayKey(leg={self.leg})"


@dataclass(frozen=True)
class StartTimer:
    """Start, or start anew, one of the call's timers."""

    timer: Timer
    after_ms: int


@dataclass(frozen=True)
class CancelTimer:
    timer: Timer


@dataclass(frozen=True)
class CallOver:
    """Every leg is gone; the call can be forgotten. The last effect of every call."""


Effect = (
    RelayProgress
    | AnswerCaller
    | Dial
    | HangUp
    | PlayNotice
    | PlayTone
    | StopPlaying
    | Bridge
    | Unbridge
    | Reconnect
    | StartRecording
    | StopRecording
    | RelayKey
    | StartTimer
    | CancelTimer
    | CallOver
)


def legs_addressed(effect: Effect) -> tuple[LegNumber, ...]:
    """The legs that must be alive for the effect to make sense. A leg being dialled does not exist yet."""
    match effect:
        case RelayProgress() | AnswerCaller():
            return (CALLER,)
        case PlayNotice(leg, _, overheard_by):
            return (leg, *overheard_by)
        case HangUp(leg) | PlayTone(leg) | StopPlaying(leg) | Reconnect(leg) | RelayKey(leg):
            return (leg,)
        case Bridge(caller, called) | Unbridge(caller, called):
            return (caller, called)
        case StartRecording(called):
            return (CALLER, called)
        case _:
            return ()
