"""The INVITE of a leg: whom it is for, who it says is calling, and what else it says."""

from __future__ import annotations

import pjsua2 as pj

from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.identity import identity_of, request_uri
from firmware.adapters.sip.leg import Leg, operation
from firmware.adapters.sip.line_config import SipLineConfig
from firmware.core.call.effects import Dial
from firmware.core.call_record import Party


def place_call(leg: Leg, line: SipLineConfig, account: PeerAccount, effect: Dial, calling: Party) -> None:
    """Send a leg's INVITE.

    Raises:
        pj.Error: it cannot be sent at all.
    """
    identity = identity_of(calling, line, account.peer)
    headers = list(identity.headers)
    if effect.replaces:
        # Not in Require: an exchange that does not know it then rings the phone, which is better than nothing.
        headers.append(("Replaces", effect.replaces))
    parameters = operation()
    parameters.txOption.localUri = identity.from_uri
    if effect.target.server:
        parameters.txOption.targetUri = request_uri(account.peer, effect.target.number, effect.target.server)
    for name, value in headers:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        parameters.txOption.headers.append(header)
    leg.makeCall(request_uri(account.peer, effect.target.number), parameters)
