"""The pjsua2 endpoint that both of the generator's telephones share, and the address on which each listens."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pjsua2 as pj

from firmware.core.errors import AddressInUse, LineError

_TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
_SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "required": pj.PJMEDIA_SRTP_MANDATORY}
_RTP_PORTS = (28000, 4000)  # first, how many: clear of the lines process's own and of the kernel's ephemeral ports
_ADDRESS_IN_USE = 120098  # PJ_STATUS_FROM_OS(EADDRINUSE)


@dataclass(frozen=True)
class PeerAddress:
    """Where one of the telephones listens, and how."""

    host: str
    port: int
    transport: Literal["udp", "tcp"] = "udp"
    srtp: Literal["off", "optional", "required"] = "off"

    def uri(self, user: str = "") -> str:
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return f"sip:{user}{'@' if user else ''}{self.host}:{self.port}{suffix}"


class Telephone(pj.Account):
    """An address to listen on and an identity.

    Args:
        called: told pjsua's id of a call that comes in, in pjsua2's callback.
    """

    def __init__(self, endpoint: Any, address: PeerAddress, called: Callable[[Telephone, int], None]) -> None:
        super().__init__()
        self.address = address
        self._called = called
        config = pj.AccountConfig()
        config.idUri = address.uri()
        config.sipConfig.transportId = _listen(endpoint, address)
        config.mediaConfig.transportConfig.port, config.mediaConfig.transportConfig.portRange = _RTP_PORTS
        config.mediaConfig.transportConfig.boundAddress = address.host
        config.mediaConfig.srtpUse = _SRTP[address.srtp]
        config.mediaConfig.srtpSecureSignaling = 0
        self.create(config)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._called(self, prm.callId)


def new_endpoint(most_calls: int) -> Any:
    """An endpoint without threads and without a sound card, not yet started."""
    # Creating the library logs to standard output, before any log settings can be given.
    ctypes.CDLL(pj._pjsua2.__file__).pj_log_set_level(0)
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 2 * most_calls + 2
    config.uaConfig.userAgent = "Earmark generator"
    config.medConfig.clockRate = 8000
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    endpoint.codecSetPriority("PCMA/8000", 255)
    return endpoint


def _listen(endpoint: Any, address: PeerAddress) -> int:
    config = pj.TransportConfig()
    config.port = address.port
    config.boundAddress = address.host
    try:
        return int(endpoint.transportCreate(_TRANSPORTS[address.transport], config))
    except pj.Error as error:
        where = f"{address.host}:{address.port} ({address.transport})"
        if error.status == _ADDRESS_IN_USE:
            remedy = "End it, or let the real telephone there make the call."
            raise AddressInUse(f"Another program already listens on {where}.", remedy) from error
        raise LineError(f"The generator cannot listen on {where}: {error.reason}.") from error
