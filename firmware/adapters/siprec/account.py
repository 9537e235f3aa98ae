"""One account per line: how recording sessions of its clients are answered, and who those are."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence

import pjsua2 as pj

from firmware.adapters.sip.account import LEAST_SESSION_S, SRTP_USE, unspecific
from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.peers import Network, split_source
from firmware.adapters.siprec.line_config import SiprecLineConfig
from firmware.core.errors import LineError

Incoming = Callable[["ClientAccount", pj.OnIncomingCallParam], None]


class KnownClients:
    """Tells by its source address which line a request is for."""

    def __init__(self, lines: Sequence[SiprecLineConfig]) -> None:
        self._rules = [
            (ipaddress.ip_network(client.network, strict=False), client.port, line)
            for line in lines
            for client in line.clients
        ]

    def networks(self) -> tuple[Network, ...]:
        return tuple(dict.fromkeys(network for network, _, _ in self._rules))

    def line_of(self, source: str) -> SiprecLineConfig | None:
        """The line of who sends from ``address:port``; one that names the port goes before one that does not."""
        host, port = split_source(source)
        if host is None:
            return None
        found = [(rule_port, line) for network, rule_port, line in self._rules if host in network]
        exactly = next((line for rule_port, line in found if rule_port == port and port), None)
        return exactly or next((line for rule_port, line in found if not rule_port), None)


class ClientAccount(pj.Account):
    """The account of a line, which takes its clients' calls."""

    def __init__(self, line: SiprecLineConfig, incoming: Incoming) -> None:
        super().__init__()
        self.line = line
        self._incoming = incoming

    def open(self, is_default: bool) -> None:
        """Make the account known to pjsua."""
        self.create(_config(self.line), is_default)

    @callback
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - pjsua2's name
        self._incoming(self, prm)


def secure(config: pj.TransportConfig, line: SiprecLineConfig) -> None:
    """Give a TLS transport the box's certificate, and say which clients' certificates it takes.

    Raises:
        LineError: the box has no certificate, or the clients' authorities cannot be read.
    """
    if line.tls_certificate is None or line.tls_key is None:
        raise LineError(f"Line {line.name} has TLS but no certificate.", "Set the office up first: earmark init.")
    config.tlsConfig.certFile = str(line.tls_certificate)
    config.tlsConfig.privKeyFile = str(line.tls_key)
    config.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
    if line.client_ca_file is None:
        return
    if not line.client_ca_file.is_file():
        raise LineError(
            f"Line {line.name} cannot read {line.client_ca_file}, the authorities of its clients' certificates.",
            "Set client_ca_file to a PEM file that the lines may read.",
        )
    config.tlsConfig.CaListFile = str(line.client_ca_file)
    config.tlsConfig.verifyClient = True
    config.tlsConfig.requireClientCert = True


def _config(line: SiprecLineConfig) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = f"sip:recorder@{unspecific(line.public_address or line.bind_host)}"
    # RFC 7866 section 6.2: a recording server says so in its Contact.
    config.sipConfig.contactParams = ";+sip.srs"
    config.natConfig.contactRewriteUse = 0
    config.natConfig.viaRewriteUse = False
    config.natConfig.sdpNatRewriteUse = 0
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.callConfig.timerSessExpiresSec = line.session_timer_s
    config.callConfig.timerMinSESec = LEAST_SESSION_S
    # Whoever requires it is supported; how it is dealt with is ours (firmware/native/recording_requests.c).
    config.callConfig.siprecUse = pj.PJSUA_SIP_SIPREC_OPTIONAL
    media = config.mediaConfig
    media.transportConfig.port = line.rtp_first_port
    media.transportConfig.portRange = line.rtp_last_port - 1 - line.rtp_first_port
    media.transportConfig.randomizePort = True
    media.transportConfig.boundAddress = line.bind_host
    media.transportConfig.publicAddress = line.public_address
    media.transportConfig.qosType = pj.PJ_QOS_TYPE_VOICE
    media.srtpUse = SRTP_USE[line.srtp]
    media.srtpSecureSignaling = 0
    media.streamKaEnabled = False
    media.ipv6Use = pj.PJSUA_IPV6_ENABLED_PREFER_IPV6 if ":" in line.bind_host else pj.PJSUA_IPV6_DISABLED
    return config
