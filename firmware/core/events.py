"""What line taps and timers tell a call: values without behaviour. When they happened is told beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Asker, Party, PartyHow
from firmware.core.feature_code import Action, KeyWay
from firmware.core.leg import LegNumber, LegPlace, LegState, PhoneIdentity, Target

# trying: the peer has not even said 100; progress: it has, but nothing rings; no_answer: it rings in vain;
# notice: the player has not said that the notice is over; tone: the failure tone has been heard long enough;
# menu: the caller has not chosen; keys: no further key of a code came; reminder: staff are told that the recording is
# paused; resume: it goes on by itself; warning: the next warning tone; transfer: the new party does not answer;
# greeting: what is said has been recorded for long enough.
Timer = Literal[
    "trying",
    "progress",
    "no_answer",
    "notice",
    "tone",
    "menu",
    "keys",
    "reminder",
    "resume",
    "warning",
    "transfer",
    "greeting",
]


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
    """``phone`` is whose phone it is, as its answer says."""

    leg: LegNumber
    phone: PhoneIdentity | None = None


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
    """``completed`` is False when it could not be played, or not to its end.

    ``prompt`` tells the end of what plays from that of what was stopped a moment ago; empty where a line has one only.
    """

    leg: LegNumber
    completed: bool
    prompt: str = ""


@dataclass(frozen=True)
class AnnouncementEnded:
    """An ``Announce`` is over for all its legs; ``completed`` is False when it could not be played to its end."""

    prompt: str
    legs: tuple[LegNumber, ...]
    completed: bool


@dataclass(frozen=True)
class GreetingRecorded:
    """A greeting can be played under its id; ``kept`` is False when nothing usable was said."""

    leg: LegNumber
    prompt: str
    kept: bool


@dataclass(frozen=True)
class KeyPressed:
    """A telephone key: an RFC 4733 event, a SIP INFO, or a tone that was heard. It never reaches a log or a recording.

    Told once for each press, when it ends.
    """

    leg: LegNumber
    key: str
    duration_ms: int = 160
    way: KeyWay = "event"

    def __repr__(self) -> str:
        return f"KeyPressed(leg={self.leg})"


@dataclass(frozen=True)
class ActionRequested:
    """Somebody asks something of the recording."""

    action: Action
    asker: Asker


@dataclass(frozen=True)
class TransferAsked:
    """The phone of ``leg`` asks for the other party to be put through elsewhere (REFER, accepted with 202; RFC 3515).

    ``number`` is whom, ``replaces`` the Replaces value of the Refer-To address (attended, RFC 3891), empty for none.
    ``joins`` is set instead when that names a leg of this box. ``to_office`` is whether the address is at the office's
    peer. ``targets`` are filled in by call control, which knows the lines.
    """

    leg: LegNumber
    number: str
    replaces: str = ""
    joins: LegPlace | None = None
    to_office: bool = False
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class PartyReplaced:
    """Somebody else is at the other end of ``leg``'s place in the call.

    "renamed": the leg stays, and only its party is another (a re-INVITE or UPDATE that says so, RFC 4916). Else ``by``
    takes its place: "taken over" by an INVITE with Replaces that the tap has answered (RFC 3891), or after an "attended
    transfer" by the far end of a second call of this box, which may still be ringing. ``outside``: that is nobody of
    the office.
    """

    leg: LegNumber
    party: Party
    how: PartyHow = "renamed"
    by: LegPlace | None = None
    state: LegState = "answered"
    media_ready: bool = True
    phone: PhoneIdentity | None = None
    outside: bool = False


@dataclass(frozen=True)
class LegTaken:
    """A leg goes on in another call: it is no longer this call's, and must not be hung up."""

    leg: LegNumber


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


@dataclass(frozen=True)
class NotToBeRecorded:
    """Somebody talks now of whose calls nothing is recorded; ``why`` is the rule that says so, in words."""

    why: str


@dataclass(frozen=True)
class RecordingGoesOn:
    """A pause is over ``after_ms`` after it was resumed: what the line held in its buffers then was said before."""

    after_ms: int


Event = (
    LegTrying
    | LegProgress
    | LegAnswered
    | LegEnded
    | MediaReady
    | NoticeStarted
    | NoticeEnded
    | AnnouncementEnded
    | GreetingRecorded
    | KeyPressed
    | ActionRequested
    | TransferAsked
    | PartyReplaced
    | LegTaken
    | TimerFired
    | HangUpRequested
    | RecordingFailed
    | NotToBeRecorded
    | RecordingGoesOn
)
