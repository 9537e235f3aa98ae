"""What legs are told to do. Nothing here raises for what a peer does: a leg that fails comes back as ``LegEnded``."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pjsua2 as pj

from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.identity import identity_of, request_uri
from firmware.adapters.sip.leg import Leg, Tell, operation
from firmware.adapters.sip.line_config import SipLineConfig
from firmware.core.call.effects import ANSWERED_ELSEWHERE, Dial
from firmware.core.call_record import Party
from firmware.core.events import LegEnded
from firmware.core.leg import LegNumber

_LOG = logging.getLogger(__name__)
_TEMPORARILY_UNAVAILABLE = 480
_SERVICE_UNAVAILABLE = 503
_SERVICE_UNAVAILABLE = 503
_DECLINE = 603
# RFC 3326 section 2: a phone that reads it shows no missed call.
_ANSWERED_ELSEWHERE = ("Reason", 'SIP;cause=200;text="Call completed elsewhere"')


class LegCommands:
    """Commands to the legs of one call."""

    def __init__(self, legs: Mapping[LegNumber, Leg], tell: Tell) -> None:
        self._legs = legs
        self._tell = tell

    def dial(
        self, leg: Leg, line: SipLineConfig, account: PeerAccount, effect: Dial, calling: Party, address: str = ""
    ) -> None:
        """Send a leg's INVITE: whom it is for, who it says is calling; ``address`` is a registered phone's."""
        if account.unreachable:
            self._end(leg)
            return
        parameters = operation()
        identity = identity_of(calling, line, account.peer)
        parameters.txOption.localUri = identity.from_uri
        if effect.target.server:
            parameters.txOption.targetUri = request_uri(account.peer, effect.target.number, effect.target.server)
        # Replaces is not in Require: an exchange that does not know it then rings the phone, which beats nothing.
        replaces = (("Replaces", effect.replaces),) if effect.replaces else ()
        _add(parameters, *identity.headers, *replaces)
        try:
            leg.makeCall(address or request_uri(account.peer, effect.target.number), parameters)
        except pj.Error as error:
            _LOG.warning("%s: cannot dial by %s: %s", line.name, effect.target.peer, error.reason)
            self._end(leg)

    def answer(self, number: LegNumber, status: int) -> None:
        leg = self._legs[number]
        if leg.gone:
            return
        try:
            leg.answer(operation(status))
        except pj.Error as error:
            self._failed(leg, error)

    def not_there(self, leg: Leg) -> None:
        """Nobody is where a leg was to be dialled."""
        self._end(leg, _TEMPORARILY_UNAVAILABLE)

    def no_room(self, leg: Leg) -> None:
        """The box has as many legs as it may."""
        self._end(leg, _SERVICE_UNAVAILABLE)

    def hang_up(self, number: LegNumber, status: int) -> None:
        leg = self._legs[number]
        if leg.gone:
            return
        parameters = operation(status if status != ANSWERED_ELSEWHERE else _DECLINE)
        if status == ANSWERED_ELSEWHERE:
            _add(parameters, _ANSWERED_ELSEWHERE)
        try:
            leg.hangup(parameters)
        except pj.Error as error:
            self._failed(leg, error)

    def relay_key(self, number: LegNumber, key: str, duration_ms: int) -> None:
        leg = self._legs[number]
        if leg.gone:
            return
        parameters = pj.CallSendDtmfParam()
        parameters.method = pj.PJSUA_DTMF_METHOD_RFC2833
        parameters.digits = key
        parameters.duration = duration_ms
        try:
            leg.sendDtmf(parameters)
        except pj.Error as error:
            _LOG.debug("a key was not passed on to leg %d: %s", number, error.reason)

    def report_transfer(self, number: LegNumber, status: int) -> None:
        leg = self._legs[number]
        if leg.gone or not leg.wants_transfer_reports:
            return
        try:
            leg.report_transfer(status)
        except pj.Error as error:
            _LOG.debug("leg %d was not told of its transfer: %s", number, error.reason)

    def _failed(self, leg: Leg, error: pj.Error) -> None:
        """What was asked of a leg failed: mostly it ended a moment ago. See to it that its end is told."""
        _LOG.debug("leg %d: %s", leg.number, error.reason)
        if leg.gone or not leg.isActive():
            self._end(leg)
            return
        try:
            leg.hangup(operation(_SERVICE_UNAVAILABLE))
        except pj.Error as again:
            _LOG.warning("leg %d cannot be ended: %s", leg.number, again.reason)
            self._end(leg)

    def _end(self, leg: Leg, status: int = _SERVICE_UNAVAILABLE) -> None:
        leg.gone = True
        self._tell(LegEnded(leg.number, status))


def _add(parameters: pj.CallOpParam, *headers: tuple[str, str]) -> None:
    for name, value in headers:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        parameters.txOption.headers.append(header)
