"""One account per peer: how to reach it, register with it, and which settings its legs use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import pjsua2 as pj

from firmware.adapters.sip import certificates
from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.line_config import SipLineConfig, SipPeer, SrtpUse

_LOG = logging.getLogger(__name__)

# RFC 3261 §10.2: how often a lost registration is tried again.
_FIRST_RETRY_S = 2
_RETRY_S = 30
_REGISTER_FOR_S = 300
# Under the 30 s after which the meanest NAT routers forget a UDP flow.
_KEEP_ALIVE_S = 15
LEAST_SESSION_S = 90
# How often a peer's certificate is looked at, so that a bad one is known before a call needs the peer.
_PROVE_EVERY_S = 60.0
# Below, a transfer's further legs could find one half full while the other has room.
_LEAST_PORTS_TO_SHARE = 100

SRTP_USE: dict[SrtpUse, int] = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}

Incoming = Callable[["PeerAccount", pj.OnIncomingCallParam], None]
Doubts = Callable[[str], Sequence[str]]


class PeerAccount(pj.Account):
    """A peer's account. ``working`` is False while a registration that should be there is not, or its name is in doubt.

    Args:
        line: the line.
        peer: the peer.
        incoming: takes its calls.
        doubts: what was wrong with the certificate of an ``address:port``.
    """

    def __init__(self, line: SipLineConfig, peer: SipPeer, incoming: Incoming, doubts: Doubts) -> None:
        super().__init__()
        self.line = line
        self.peer = peer
        self.registered: bool | None = False if peer.registers else None
        #: Why nothing can be sent to it at all; it may still call.
        self.unreachable = certificates.unreadable(peer)
        self._not_accepted = ""
        self._not_proven = ""
        self._prove_at_s = 0.0
        self._incoming = incoming
        self._doubts = doubts

    @property
    def working(self) -> bool:
        return self.registered is not False and not (self.unreachable or self._not_proven)

    @property
    def trouble(self) -> str:
        """What a person should know; without a proven name, why a registration fails is no news."""
        return self.unreachable or self._not_proven or self._not_accepted

    def open(self, transport_id: int) -> None:
        """Make the account known to pjsua and begin to register."""
        config = account_config(self.line, self.peer, transport_id)
        if self.unreachable:
            _LOG.error("%s: %s", self.line.name, self.unreachable)
            config.regConfig.registrarUri = ""
        self.create(config, self.peer.role == "office")

    def attend(self, now_s: float) -> None:
        """Now and then ask a peer with a certificate to show it. Call about once a second."""
        trust = self.peer.trust
        if trust is None or not trust.verified or self.unreachable or now_s < self._prove_at_s:
            return
        self._prove_at_s = now_s + _PROVE_EVERY_S
        parameters = pj.SendRequestParam()
        parameters.method = "OPTIONS"
        parameters.txOption.targetUri = f"sip:{self.peer.host_port};transport=tls"
        try:
            self.sendRequest(parameters)
        except pj.Error as error:
            _LOG.debug("%s: %s cannot be asked: %s", self.line.name, self.peer.name, error.reason)

    @callback
    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:  # noqa: N802 - pjsua2's name
        event = prm.e.body.tsxState
        # The event has no error number, only what the library says of it.
        refused = event.type == pj.PJSIP_EVENT_TRANSPORT_ERROR and certificates.REFUSED_NAME in event.tsx.statusText
        before = self._not_proven
        doubts = self._doubts(event.tsx.lastTx.dstAddress)
        self._not_proven = certificates.refusal(self.peer, doubts) if refused else ""
        if self._not_proven and not before:
            _LOG.error("%s: %s", self.line.name, self._not_proven)
        elif before and not self._not_proven:
            _LOG.info("%s: the certificate of %s is good again", self.line.name, self.peer.name)

    @callback
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - pjsua2's name
        self._incoming(self, prm)

    @callback
    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802 - pjsua2's name
        registered = prm.code // 100 == 2 and prm.expiration > 0
        self._not_accepted = "" if registered else f"the trunk {self.peer.name} does not accept us: SIP {prm.code}"
        if registered != self.registered:
            self.registered = registered
            if registered:
                _LOG.info("%s: registered with trunk %s", self.line.name, self.peer.name)
            else:
                _LOG.warning("%s: not registered with trunk %s: SIP %d", self.line.name, self.peer.name, prm.code)


def account_config(line: SipLineConfig, peer: SipPeer, transport_id: int) -> pj.AccountConfig:
    """pjsua's settings for one peer."""
    config = pj.AccountConfig()
    local_host = line.public_address or line.bind_host
    config.idUri = f"sip:{peer.user}@{peer.host_port}" if peer.user else f"sip:earmark@{unspecific(local_host)}"
    config.sipConfig.transportId = transport_id
    if peer.outbound_proxy:
        config.sipConfig.proxies.append(f"sip:{peer.outbound_proxy};transport={peer.transport};lr")
    if peer.user and peer.password:
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", peer.realm, peer.user, 0, peer.password))
    _registration(config, peer)
    config.natConfig.udpKaIntervalSec = _KEEP_ALIVE_S
    config.natConfig.contactRewriteUse = 1 if peer.registers else 0
    config.natConfig.viaRewriteUse = bool(peer.registers)
    config.natConfig.sdpNatRewriteUse = 0
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.callConfig.timerSessExpiresSec = line.session_timer_s
    config.callConfig.timerMinSESec = LEAST_SESSION_S
    config.videoConfig.autoShowIncoming = False
    _media(config, line, peer)
    return config


def _registration(config: pj.AccountConfig, peer: SipPeer) -> None:
    if not peer.registers:
        return
    config.regConfig.registrarUri = f"sip:{peer.host_port};transport={peer.transport}"
    config.regConfig.registerOnAdd = True
    config.regConfig.timeoutSec = _REGISTER_FOR_S
    config.regConfig.firstRetryIntervalSec = _FIRST_RETRY_S
    config.regConfig.retryIntervalSec = _RETRY_S
    config.regConfig.unregWaitMsec = 1000


def _media(config: pj.AccountConfig, line: SipLineConfig, peer: SipPeer) -> None:
    media = config.mediaConfig
    first, last = rtp_share(line, peer)
    media.transportConfig.port = first
    media.transportConfig.portRange = last - 1 - first  # RTCP has the port after the last of RTP
    media.transportConfig.randomizePort = True
    media.transportConfig.boundAddress = line.bind_host
    media.transportConfig.publicAddress = line.public_address
    media.transportConfig.qosType = pj.PJ_QOS_TYPE_VOICE
    media.srtpUse = SRTP_USE[peer.srtp]
    # Keys in plain SIP are what many PBXs on a LAN offer; the alternative would be no encryption at all.
    media.srtpSecureSignaling = 0
    media.streamKaEnabled = True
    media.ipv6Use = pj.PJSUA_IPV6_ENABLED_PREFER_IPV6 if ":" in line.bind_host else pj.PJSUA_IPV6_DISABLED


def rtp_share(line: SipLineConfig, peer: SipPeer) -> tuple[int, int]:
    """The first and the last port for a peer's media: one half of the line's is the office's, one the trunks'.

    pjsua counts ports for each account by itself; in one range, every call's second leg would try what its first has.
    A call has a leg on either side, so that half the ports carry as many calls as before. Several trunks begin at
    random places in their half.
    """
    ports = line.rtp_last_port + 1 - line.rtp_first_port
    if ports < _LEAST_PORTS_TO_SHARE:
        return line.rtp_first_port, line.rtp_last_port
    middle = line.rtp_first_port + ports // 4 * 2  # as even or odd as the first
    return (line.rtp_first_port, middle - 1) if peer.role == "office" else (middle, line.rtp_last_port)


def unspecific(host: str) -> str:
    """A host fit for a URI: never 0.0.0.0, which no peer could call back."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  recognised, not bound
        return "earmark.invalid"
    return f"[{host}]" if ":" in host else host
