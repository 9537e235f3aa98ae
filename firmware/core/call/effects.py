"""What a call asks to have done. Adapters carry effects out in order; one that fails comes back as an event."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.call_record import Asker, Party
from firmware.core.call_tones import CallTone
from firmware.core.events import Timer
from firmware.core.feature_code import Action
from firmware.core.leg import CALLER, LegNumber, LegPlace
from firmware.core.leg import Target as Target

# Why a phone stops ringing: the status by which another answered (RFC 3326).
ANSWERED_ELSEWHERE = 200


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
    """Dial a new leg.

    ``calling`` is whom the phone is told is calling: None, the call's own caller, for every attempt to reach the party
    called; set for a leg that is to take another's place. ``replaces`` is the value of a Replaces header (RFC 3891)
    that goes with the INVITE, empty for none.
    """

    leg: LegNumber
    target: Target
    calling: Party | None = None
    replaces: str = ""


@dataclass(frozen=True)
class AdoptLeg:
    """Make a leg of another call, or of a call that was never put through, a leg of this one.

    Its events are those of ``leg`` in this call from here on. The other call has no such leg any more, nor does
    anybody in it hear or be heard by it.
    """

    leg: LegNumber
    place: LegPlace


@dataclass(frozen=True)
class TakePlace:
    """``new`` is the party in place of ``old`` from now: the recorder hears it on the same channel, if it records."""

    old: LegNumber
    new: LegNumber


@dataclass(frozen=True)
class TransferProgress:
    """Tell the phone that asked for a transfer how it goes: NOTIFY with ``status`` as a
    message/sipfrag (RFC 3515 §2.4.5).

    From 200 on it is the last word.
    """

    leg: LegNumber
    status: int


@dataclass(frozen=True)
class HangUp:
    """End a leg: BYE, CANCEL or the final ``status``, whichever fits the leg's state.

    A phone that stops ringing with ``ANSWERED_ELSEWHERE`` need not show a missed call.
    """

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
class Announce:
    """Mix a prompt over what these legs hear; nobody else hears it, and the recorder does not.

    ``AnnouncementEnded`` follows for every one, also for one that cannot be played. Announcements to the same leg are
    played one after the other, in the order they were asked for.
    """

    legs: tuple[LegNumber, ...]
    prompt: str


@dataclass(frozen=True)
class Beep:
    """One burst of a tone (the first *on* of its cadence), mixed over what these legs hear; never recorded."""

    legs: tuple[LegNumber, ...]
    tone: CallTone


@dataclass(frozen=True)
class StartRecording:
    """Record the two bridged legs from now; not a sample before ``ResumeRecording`` when ``paused``."""

    called: LegNumber
    caller: LegNumber = CALLER
    paused: bool = False


@dataclass(frozen=True)
class PauseRecording:
    """Keep nothing from ``look_back_ms`` before now on. Asked for only while the recording runs.

    Now is when it is carried out: a request that came late looks back further.
    """

    look_back_ms: int


@dataclass(frozen=True)
class ResumeRecording:
    """Keep again what is said from now on; ``RecordingGoesOn`` follows. Asked for only while it is paused."""


@dataclass(frozen=True)
class PausedTooLate:
    """A pause was carried out so late that ``kept_ms`` of what it was to drop stay in the recording: for the log."""

    kept_ms: int


@dataclass(frozen=True)
class RecordAsHeld:
    """Record silence for a leg that put the call on hold: its music is not a party's voice. False: its voice again."""

    leg: LegNumber
    held: bool


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
class Obeyed:
    """What somebody asked, or a timer brought about, was done: it goes into the evidence."""

    action: Action
    asker: Asker


@dataclass(frozen=True)
class Refuse:
    """Somebody asked what may not be done, and was told so: it goes into the log and the evidence."""

    action: Action
    asker: Asker
    why: str


@dataclass(frozen=True)
class SwallowTones:
    """Whether touch-tones from ``leg`` (the office's) are kept from the other party, from the moment one is heard.

    True: be ready; sound is muted from the detection of ``*``. False: let sound through again. A False that is followed
    by True lets go of what was swallowed and is ready for the next code.
    """

    leg: LegNumber
    on: bool


@dataclass(frozen=True)
class RecordGreeting:
    """Record what a leg says as the prompt of that id, until ``EndGreeting``, or the leg's end. ``GreetingRecorded``
    follows once the prompt can be played."""

    leg: LegNumber
    prompt: str
    longest_ms: int


@dataclass(frozen=True)
class EndGreeting:
    leg: LegNumber


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
    | AdoptLeg
    | TakePlace
    | TransferProgress
    | HangUp
    | PlayNotice
    | PlayTone
    | StopPlaying
    | Announce
    | Beep
    | Bridge
    | Unbridge
    | Reconnect
    | StartRecording
    | PauseRecording
    | ResumeRecording
    | PausedTooLate
    | RecordAsHeld
    | StopRecording
    | RelayKey
    | Obeyed
    | Refuse
    | SwallowTones
    | RecordGreeting
    | EndGreeting
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
        case Announce(legs) | Beep(legs):
            return legs
        case Bridge(caller, called) | Unbridge(caller, called):
            return (caller, called)
        case StartRecording(called, caller):
            return (caller, called)
        case TakePlace(_, new):
            return (new,)
        case (
            HangUp(leg)
            | PlayTone(leg)
            | StopPlaying(leg)
            | Reconnect(leg)
            | RelayKey(leg)
            | SwallowTones(leg)
            | RecordAsHeld(leg)
            | TransferProgress(leg)
            | RecordGreeting(leg)
            | EndGreeting(leg)
        ):
            return (leg,)
        case _:
            return ()
