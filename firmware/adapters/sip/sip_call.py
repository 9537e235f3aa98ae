"""One call as pjsua2 knows it: its legs, what they hear, and how each effect is carried out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pjsua2 as pj

from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.identity import identity_of, request_uri
from firmware.adapters.sip.leg import Leg, Tell, operation
from firmware.adapters.sip.line_config import SipLineConfig
from firmware.adapters.sip.media import NoticePlayer, Patchbay, ToneBank
from firmware.adapters.sip.recording import CallAudio
from firmware.core.call.effects import (
    AnswerCaller,
    Bridge,
    Dial,
    Effect,
    HangUp,
    PlayNotice,
    PlayTone,
    Reconnect,
    RelayKey,
    RelayProgress,
    StopPlaying,
    Target,
    Unbridge,
)
from firmware.core.call_record import Party
from firmware.core.errors import PromptError
from firmware.core.events import LegEnded, NoticeEnded, NoticeStarted
from firmware.core.leg import CALLER, LegNumber
from firmware.ports.prompt_player import PromptPlayer

_LOG = logging.getLogger(__name__)
_SERVICE_UNAVAILABLE = 503


@dataclass(frozen=True)
class Facilities:
    """What every call uses. ``lay_to_rest`` takes a player that is no longer wanted."""

    accounts: Mapping[tuple[str, str], PeerAccount]
    prompts: PromptPlayer
    tones: ToneBank
    lay_to_rest: Callable[[NoticePlayer], None]


class SipCall:
    """One call. Nothing here raises for what a peer does: a leg that fails comes back as ``LegEnded``.

    Args:
        line: the line it came in by.
        calling: who calls, for the second leg.
        inbound: whether the caller is the far party.
        caller: the caller's leg.
        tell: takes the call's events.
        facilities: what every call uses.
    """

    def __init__(
        self, line: SipLineConfig, calling: Party, inbound: bool, caller: Leg, tell: Tell, facilities: Facilities
    ) -> None:
        self.audio: CallAudio | None = None
        self._line = line
        self._calling = calling
        self._inbound = inbound
        self._tell = tell
        self._facilities = facilities
        self._legs: dict[LegNumber, Leg] = {CALLER: caller}
        self._patchbay = Patchbay(self._legs)
        self._player: NoticePlayer | None = None
        self._listeners: set[LegNumber] = set()

    def parties(self) -> tuple[Leg, Leg] | None:
        """The far party's leg and the office's, None before anybody was dialled."""
        if len(self._legs) < 2:
            return None
        caller, called = self._legs[CALLER], self._legs[max(self._legs)]
        return (caller, called) if self._inbound else (called, caller)

    def perform(self, effect: Effect) -> None:
        """Carry out one effect. Recording and timers are not a line's."""
        match effect:
            case RelayProgress(status, early_media):
                # 180 with sound is passed on as 183, so that the caller's phone does not ring over it.
                self._answer(183 if early_media else status)
            case AnswerCaller():
                self._answer(200)
            case Dial(number, target):
                self._dial(number, target)
            case HangUp(number, status):
                self._hang_up(number, status)
            case PlayNotice(number, prompt, overheard_by):
                self._play_notice(number, prompt, overheard_by)
            case PlayTone(number, tone):
                self._patchbay.listen(number, self._facilities.tones.source(tone))
            case StopPlaying(number):
                self._stop_playing(number)
            case Bridge(caller, called):
                self._patchbay.bridge(caller, called)
            case Unbridge(caller, called):
                self._patchbay.silence(caller)
                self._patchbay.silence(called)
            case Reconnect(number):
                self._patchbay.reconnect(number)
                if self.audio is not None:
                    self.audio.reconnect()
            case RelayKey(number, key, duration_ms):
                self._relay_key(number, key, duration_ms)

    def let_go(self) -> None:
        """The call is over: nothing of it is wanted any more."""
        if self._player is not None:
            self._facilities.lay_to_rest(self._player)
            self._player = None

    def _answer(self, status: int) -> None:
        leg = self._legs[CALLER]
        try:
            leg.answer(operation(status))
        except pj.Error as error:
            self._failed(leg, error)

    def _dial(self, number: LegNumber, target: Target) -> None:
        account = self._facilities.accounts[self._line.name, target.peer]
        identity = identity_of(self._calling, self._line, account.peer)
        parameters = operation()
        parameters.txOption.localUri = identity.from_uri
        if target.server:
            parameters.txOption.targetUri = request_uri(account.peer, target.number, target.server)
        for name, value in identity.headers:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        leg = Leg(account, number, self._tell)
        self._legs[number] = leg
        if account.unreachable:
            leg.gone = True
            self._tell(LegEnded(number, _SERVICE_UNAVAILABLE))
            return
        try:
            leg.makeCall(request_uri(account.peer, target.number), parameters)
        except pj.Error as error:
            _LOG.warning("%s: cannot dial by %s: %s", self._line.name, target.peer, error.reason)
            leg.gone = True
            self._tell(LegEnded(number, _SERVICE_UNAVAILABLE))

    def _hang_up(self, number: LegNumber, status: int) -> None:
        leg = self._legs[number]
        if leg.gone:
            return
        try:
            leg.hangup(operation(status))
        except pj.Error as error:
            self._failed(leg, error)

    def _failed(self, leg: Leg, error: pj.Error) -> None:
        """What was asked of a leg failed: mostly it ended a moment ago. See to it that its end is told."""
        _LOG.debug("leg %d: %s", leg.number, error.reason)
        if not leg.isActive():
            leg.gone = True
        if leg.gone:
            self._tell(LegEnded(leg.number, _SERVICE_UNAVAILABLE))
            return
        try:
            leg.hangup(operation(_SERVICE_UNAVAILABLE))
        except pj.Error as again:
            _LOG.warning("leg %d cannot be ended: %s", leg.number, again.reason)
            leg.gone = True
            self._tell(LegEnded(leg.number, _SERVICE_UNAVAILABLE))

    def _play_notice(self, number: LegNumber, prompt: str, overheard_by: tuple[LegNumber, ...]) -> None:
        try:
            playable = self._facilities.prompts.prompt(prompt)
            player = NoticePlayer(playable, lambda: self._tell(NoticeEnded(number, completed=True)))
        except (PromptError, pj.Error) as error:
            reason = error.reason if isinstance(error, pj.Error) else error.what
            _LOG.error("%s: a notice was not played: %s", self._line.name, reason)
            self._tell(NoticeEnded(number, completed=False))
            return
        self._player = player
        self._listeners = {number, *overheard_by}
        for listener in self._listeners:
            self._patchbay.listen(listener, player)
        self._tell(NoticeStarted(number, playable.duration_ms))

    def _stop_playing(self, number: LegNumber) -> None:
        self._patchbay.silence(number)
        self._listeners.discard(number)
        if self._player is not None and not self._listeners:
            self.let_go()

    def _relay_key(self, number: LegNumber, key: str, duration_ms: int) -> None:
        parameters = pj.CallSendDtmfParam()
        parameters.method = pj.PJSUA_DTMF_METHOD_RFC2833
        parameters.digits = key
        parameters.duration = duration_ms
        try:
            self._legs[number].sendDtmf(parameters)
        except pj.Error as error:
            _LOG.debug("a key was not passed on to leg %d: %s", number, error.reason)
