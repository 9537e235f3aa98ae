"""One call as pjsua2 knows it: its legs, what they hear, and how each effect is carried out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import pjsua2 as pj

from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.announcer import Announcer
from firmware.adapters.sip.arrivals import Arrivals
from firmware.adapters.sip.ears import Ears
from firmware.adapters.sip.greeting import GreetingRecorder, Greetings
from firmware.adapters.sip.key_tones import KeyTones
from firmware.adapters.sip.later import Later
from firmware.adapters.sip.leg import Leg, Tell
from firmware.adapters.sip.leg_commands import LegCommands
from firmware.adapters.sip.line_config import SipLineConfig, phones_by
from firmware.adapters.sip.media import NoticePlayer, Patchbay, ToneBank
from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.phones.registered_phones import RegisteredPhones
from firmware.adapters.sip.recording import CallAudio
from firmware.adapters.sip.room import Room
from firmware.core.call.effects import (
    Announce,
    AnswerCaller,
    Beep,
    Bridge,
    Dial,
    Effect,
    EndGreeting,
    HangUp,
    PauseRecording,
    PlayNotice,
    PlayTone,
    Reconnect,
    RecordAsHeld,
    RecordGreeting,
    RelayKey,
    RelayProgress,
    StopPlaying,
    SwallowTones,
    TakePlace,
    TransferProgress,
    Unbridge,
)
from firmware.core.call_record import Party, Side
from firmware.core.emergency import is_emergency
from firmware.core.errors import PromptError
from firmware.core.events import Event, GreetingRecorded, LegEnded, NoticeEnded, NoticeStarted
from firmware.core.leg import CALLER, LegNumber
from firmware.core.ring_layout import LONGEST_LOOK_BACK_MS
from firmware.ports.prompt_player import PromptPlayer

_LOG = logging.getLogger(__name__)
_OK = 200


@dataclass(frozen=True)
class Facilities:
    """What every call uses."""

    accounts: Mapping[tuple[str, str], PeerAccount]
    prompts: PromptPlayer
    tones: ToneBank
    clock_rate_hz: int
    later: Later
    greetings: Greetings
    arrivals: Arrivals
    phones: RegisteredPhones
    room: Room


class SipCall:
    """One call. Nothing here raises for what a peer does: a leg that fails comes back as ``LegEnded``.

    Args:
        line: the line it came in by.
        calling: who calls, for the second leg.
        inside: who calls as colleagues are told, if that is not the same.
        made_by: the registered phone to whose calls it counts.
        inbound: whether the caller is the far party.
        tell: takes the call's events.
        facilities: what every call uses.
    """

    def __init__(
        self,
        line: SipLineConfig,
        calling: Party,
        inbound: bool,
        tell: Tell,
        facilities: Facilities,
        inside: Party | None = None,
        made_by: Phone | None = None,
    ) -> None:
        self.audio: CallAudio | None = None
        #: Whether call control knows it; not where it only holds a leg that is to take another's place.
        self.offered = True
        self.legs: dict[LegNumber, Leg] = {}
        self.line = line
        self.made_by = made_by
        self._calling = calling
        self._inside = inside or calling
        self._inbound = inbound
        self._tell = tell
        self._facilities = facilities
        self._caller: LegNumber = CALLER
        self._called: LegNumber | None = None
        self._patchbay = Patchbay(self.legs)
        self._player: NoticePlayer | None = None
        self._listeners: set[LegNumber] = set()
        self._ears = Ears(self.leg_of, facilities.later)
        self._greeting: GreetingRecorder | None = None
        self._announcer = Announcer(
            self._patchbay, facilities.prompts, tell, facilities.later, facilities.clock_rate_hz
        )
        self._key_tones = KeyTones(self._patchbay, facilities.later, facilities.clock_rate_hz)
        self._commands = LegCommands(self.legs, self.tell)

    # -- legs ---------------------------------------------------------------------------------------------------------

    def tell(self, event: Event) -> None:
        """An event of one of the legs."""
        if isinstance(event, LegEnded):
            self._facilities.later.soon(lambda: self._leg_ended(event.leg))
        self._tell(event)

    def _leg_ended(self, number: LegNumber) -> None:
        self._announcer.leg_ended(number)
        leg = self.legs.get(number)
        if leg is not None:
            leg.release()

    def key_sounds(self, number: LegNumber, look_back_ms: int, hold_ms: int) -> None:
        """A key is down at a leg: its sound must not be recorded."""
        side = self.side_of(number)
        if side is not None:
            waited_ms = self._facilities.arrivals.waited_ms()
            self._ears.mask(side, min(look_back_ms + waited_ms, LONGEST_LOOK_BACK_MS), hold_ms)

    def leg_of(self, side: Side) -> Leg | None:
        """The leg of that side; None before anybody was dialled."""
        number = self._caller if (side == "far_party") == self._inbound else self._called
        return None if number is None else self.legs.get(number)

    def parties(self) -> Mapping[Side, Leg] | None:
        """Both parties' legs; None before anybody was dialled."""
        far, office = self.leg_of("far_party"), self.leg_of("office")
        return None if far is None or office is None else {"far_party": far, "office": office}

    def leg_by_dialog(self, sip_call_id: str, incoming: bool) -> Leg | None:
        return next(
            (leg for leg in self.legs.values() if leg.incoming == incoming and leg.sip_call_id == sip_call_id), None
        )

    def give_up_leg(self, number: LegNumber) -> Leg | None:
        """Let another call have a leg."""
        leg = self.legs.get(number)
        if leg is not None:
            self._announcer.leg_ended(number)
            self._patchbay.part_with(number)
            del self.legs[number]
        return leg

    def adopt(self, number: LegNumber, leg: Leg) -> None:
        """Take a leg of another call."""
        self.legs[number] = leg
        leg.belong_to(self, number)

    def attend_keys(self) -> None:
        """Tell keys that were heard. Call often."""
        for leg, key, duration_ms in self._ears.heard():
            leg.key_heard(key, duration_ms)
        for leg in self.legs.values():
            leg.attend()

    def side_of(self, number: LegNumber) -> Side | None:
        if number not in (self._caller, self._called):
            return None
        return "far_party" if (number == self._caller) == self._inbound else "office"

    # -- effects ------------------------------------------------------------------------------------------------------

    def perform(self, effect: Effect) -> None:
        """Carry out one effect. Adopting legs, starting, resuming, ending recordings and timers are done elsewhere."""
        match effect:
            case RelayProgress(status, early_media):
                # 180 with sound is passed on as 183, so that the caller's phone does not ring over it.
                self._commands.answer(CALLER, 183 if early_media else status)
            case AnswerCaller():
                self.answer()
            case Dial():
                self._dial(effect)
            case HangUp(number, status):
                self.hang_up(number, status)
            case RelayKey(number, key, duration_ms):
                self._relay_key(number, key, duration_ms)
            case TransferProgress(number, status):
                self._commands.report_transfer(number, status)
            case PauseRecording() | RecordAsHeld() | TakePlace():
                self._steer_recording(effect)
            case SwallowTones(_, on):
                self._ears.listen_for_codes(swallow=on)
            case RecordGreeting(number, prompt):
                self._record_greeting(number, prompt)
            case EndGreeting():
                self._end_greeting()
            case _:
                self._let_hear(effect)

    def _let_hear(self, effect: Effect) -> None:
        match effect:
            case PlayNotice(number, prompt, overheard_by):
                self._play_notice(number, prompt, overheard_by)
            case PlayTone(number, tone):
                self._patchbay.listen(number, self._facilities.tones.source(tone))
            case StopPlaying(number):
                self._stop_playing(number)
            case Announce(legs, prompt):
                self._announcer.announce(legs, prompt)
            case Beep(legs, tone):
                self._announcer.beep(legs, tone)
            case Bridge(caller, called):
                self._caller, self._called = caller, called
                self._patchbay.bridge(caller, called)
                # What the far party keys is the office's from here on.
                self._ears.listen_to_every_key(None)
            case Unbridge(caller, called):
                self._patchbay.silence(caller)
                self._patchbay.silence(called)
            case Reconnect(number):
                self._reconnect(number)

    def _steer_recording(self, effect: PauseRecording | RecordAsHeld | TakePlace) -> None:
        match effect:
            case PauseRecording(look_back_ms) if self.audio is not None:
                self.audio.pause(look_back_ms)
            case RecordAsHeld(number, held):
                side = self.side_of(number)
                if self.audio is not None and side is not None:
                    self.audio.hold(side, held)
            case TakePlace(old, new):
                self._take_place(old, new)

    def answer(self) -> None:
        """Answer the caller's leg."""
        self._commands.answer(CALLER, _OK)

    def hang_up(self, number: LegNumber, status: int) -> None:
        """End a leg: BYE, CANCEL or the final status, whichever fits."""
        self._commands.hang_up(number, status)

    def recorded_by(self, audio: CallAudio | None) -> None:
        """A recording runs from now on; None: it is about to end."""
        self.audio = audio
        self._ears.use(audio.port if audio is not None else None)

    def let_go(self) -> None:
        """The call is over: nothing of it is wanted any more."""
        self._end_notice()
        self._announcer.stop()
        self._key_tones.stop()
        self._end_greeting()
        self._ears.close()
        self._patchbay.clear()
        for leg in self.legs.values():
            leg.release()
        self.legs.clear()

    def _relay_key(self, number: LegNumber, key: str, duration_ms: int) -> None:
        if self.legs[number].takes_key_events:
            self._commands.relay_key(number, key, duration_ms)
        else:
            self._key_tones.sound(number, key, duration_ms)

    def _dial(self, effect: Dial) -> None:
        target = effect.target
        place = self._facilities.phones.place(target.phone) if target.phone else None
        account = self._account(place.peer if place is not None else target.peer)
        side: Side = "office" if account.peer.role == "office" else "far_party"
        phone = place.phone if place is not None else None
        full = not (self._facilities.room.for_a_leg or is_emergency(target.number, self.line.outside_prefix))
        leg = Leg(account, self, effect.leg, side, dialled=target.number, phone=phone)
        self.legs[effect.leg] = leg
        if effect.calling is None:  # else it takes the called party's place only once it has answered
            self._called = effect.leg
        calling = effect.calling or (self._inside if target.phone else self._calling)
        if full:
            self._commands.no_room(leg)
        elif place is not None:
            self._commands.dial(leg, self.line, account, effect, calling, place.address)
        elif target.phone or account.peer.registered_phones:
            self._commands.not_there(leg)
        else:
            self._commands.dial(leg, self.line, account, effect, calling)

    def _account(self, peer: str) -> PeerAccount:
        """That peer's; where there is none, because phones are all the office has, one of theirs."""
        accounts = self._facilities.accounts
        return accounts.get((self.line.name, peer)) or accounts[self.line.name, phones_by(self.line.transports[0])]

    # -- what legs hear -----------------------------------------------------------------------------------------------

    def _reconnect(self, number: LegNumber) -> None:
        self._patchbay.reconnect(number)
        self._ears.reconnect()
        if self.audio is not None:
            self.audio.reconnect()
        if self._greeting is not None:
            self._greeting.reconnect()

    def _take_place(self, old: LegNumber, new: LegNumber) -> None:
        side = self.side_of(old)
        if self._caller == old:
            self._caller = new
        elif self._called == old:
            self._called = new
        if self.audio is not None and side is not None:
            self.audio.take_place(side, self.legs[new])
        self._ears.reconnect()

    def _play_notice(self, number: LegNumber, prompt: str, overheard_by: tuple[LegNumber, ...]) -> None:
        self._end_notice()
        try:
            playable = self._facilities.prompts.prompt(prompt)
            player = NoticePlayer(playable, lambda: self._tell(NoticeEnded(number, True, prompt)))
        except (PromptError, pj.Error) as error:
            reason = error.reason if isinstance(error, pj.Error) else error.what
            _LOG.error("%s: a notice was not played: %s", self.line.name, reason)
            self._tell(NoticeEnded(number, False, prompt))
            return
        self._player = player
        self._listeners = {number, *overheard_by}
        for listener in self._listeners:
            self._patchbay.listen(listener, player)
        if self.side_of(number) == "far_party":
            self._ears.listen_to_every_key(self.legs[number])
        self._tell(NoticeStarted(number, playable.duration_ms))

    def _stop_playing(self, number: LegNumber) -> None:
        self._patchbay.silence(number)
        self._listeners.discard(number)
        if not self._listeners:
            self._end_notice()

    def _end_notice(self) -> None:
        if self._player is not None:
            self._facilities.later.lay_to_rest(self._player)
            self._player = None

    # -- a greeting from the phone ------------------------------------------------------------------------------------

    def _record_greeting(self, number: LegNumber, prompt: str) -> None:
        facilities = self._facilities
        try:
            self._greeting = GreetingRecorder(
                self.legs[number], prompt, facilities.greetings, self._tell, facilities.later
            )
            self._ears.listen_to_every_key(self.legs[number])
        except (pj.Error, OSError) as error:
            _LOG.error("a greeting cannot be recorded: %s", error.reason if isinstance(error, pj.Error) else error)
            self._tell(GreetingRecorded(number, prompt, kept=False))

    def _end_greeting(self) -> None:
        if self._greeting is not None:
            self._greeting.end()
            self._greeting = None
            self._ears.listen_to_every_key(None)
