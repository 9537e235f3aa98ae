"""One account per peer: how to reach it, register with it, and which settings its legs use."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pjsua2 as pj

from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.line_config import SipLineConfig, SipPeer, SrtpUse

_LOG = logging.getLogger(__name__)

# RFC 3261 §10.2: how often a lost registration is tried again.
_FIRST_RETRY_S = 2
_RETRY_S = 30
_REGISTER_FOR_S = 300
# Under the 30 s after which the meanest NAT routers forget a UDP flow.
_KEEP_ALIVE_S = 15
_LEAST_SESSION_S = 90

_SRTP: dict[SrtpUse, int] = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}

Incoming = Callable[["PeerAccount", pj.OnIncomingCallParam], None]


class PeerAccount(pj.Account):
    """A peer's account. ``working`` is False only while a registration that should be there is not."""

    def __init__(self, line: SipLineConfig, peer: SipPeer, incoming: Incoming) -> None:
        super().__init__()
        self.line = line
        self.peer = peer
        self.registered: bool | None = False if peer.registers else None
        self.trouble = ""
        self._incoming = incoming

    @property
    def working(self) -> bool:
        return self.registered is not False

    def open(self, transport_id: int) -> None:
        """Make the account known to pjsua and begin to register."""
        self.create(account_config(self.line, self.peer, transport_id), self.peer.role == "office")

    @callback
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        self._incoming(self, prm)

    @callback
    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        registered = prm.code // 100 == 2 and prm.expiration > 0
        self.trouble = "" if registered else f"the trunk {self.peer.name} does not accept us: SIP {prm.code}"
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
    config.idUri = f"sip:{peer.user}@{peer.host_port}" if peer.user else f"sip:earmark@{_unspecific(local_host)}"
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
    config.callConfig.timerMinSESec = _LEAST_SESSION_S
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
    media.transportConfig.port = line.rtp_first_port
    media.transportConfig.portRange = line.rtp_last_port - line.rtp_first_port
    media.transportConfig.boundAddress = line.bind_host
    media.transportConfig.publicAddress = line.public_address
    media.transportConfig.qosType = pj.PJ_QOS_TYPE_VOICE
    media.srtpUse = _SRTP[peer.srtp]
    # Keys in plain SIP are what many PBXs on a LAN offer; the alternative would be no encryption at all.
    media.srtpSecureSignaling = 0
    media.streamKaEnabled = True
    media.ipv6Use = pj.PJSUA_IPV6_ENABLED_PREFER_IPV6 if ":" in line.bind_host else pj.PJSUA_IPV6_DISABLED


def _unspecific(host: str) -> str:
    """A host fit for a URI: never 0.0.0.0, which no peer could call back."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  recognised, not bound
        return "earmark.invalid"
    return f"[{host}]" if ":" in host else host
