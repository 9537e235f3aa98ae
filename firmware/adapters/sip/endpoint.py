"""pjsua2's life: one endpoint per process, polled by one thread, with a bridge that runs without a sound card."""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pjsua2 as pj
from pjsua2_native import library_dir

from firmware.adapters.sip import certificates
from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.library_log import LibraryLog
from firmware.adapters.sip.line_config import SipLineConfig, TlsTrust, Transport
from firmware.adapters.sip.media_threads import put_media_threads_first
from firmware.adapters.sip.room import MOST_LEGS
from firmware.core.errors import AddressInUse, LineError
from firmware.ports.clock import Clock

_LOG = logging.getLogger(__name__)

CLOCK_RATE_HZ = 8000
FRAME_MS = 20
_MOST_BRIDGE_SLOTS = 2500
# Jitter buffer, ms: start, least and most prefetch, size. At 30 ms of jitter the box then adds 35 ms, and 45 ms where
# packets overtake each other. With 20 ms of prefetch at most it would be 36 ms there, with a size of 60 ms 46 ms; but
# the speech of a leg that loses 5% at 40 ms of jitter falls from a correlation of 0.82 to 0.92 to one of 0.68 or 0.78.
_JITTER_BUFFER_MS = (20, 20, 60, 200)
# Errors only: at level 3 pjsip would write whole messages, numbers included.
_LOG_LEVEL = 1
_MOST_DOUBTS = 100
_ANY_PORT = 0
_EADDRINUSE = 120098  # PJ_ERRNO_START_SYS + EADDRINUSE (pj/errno.h)

_PJ_TRANSPORT: dict[Transport, int] = {
    "udp": pj.PJSIP_TRANSPORT_UDP,
    "tcp": pj.PJSIP_TRANSPORT_TCP,
    "tls": pj.PJSIP_TRANSPORT_TLS,
}
_PJ_TRANSPORT_IPV6: dict[Transport, int] = {
    "udp": pj.PJSIP_TRANSPORT_UDP6,
    "tcp": pj.PJSIP_TRANSPORT_TCP6,
    "tls": pj.PJSIP_TRANSPORT_TLS6,
}

SelectAccount = Callable[[pj.OnSelectAccountParam], None]


@dataclass(frozen=True)
class Listening:
    """Where one transport of a line listens."""

    line: str
    host: str
    port: int
    transport: Transport
    public_address: str = ""


class _LogToLogging(pj.LogWriter):
    """What the library writes, while it is polled."""

    def __init__(self, log: LibraryLog, monotonic_s: Callable[[], float]) -> None:
        super().__init__()
        self._log = log
        self._monotonic_s = monotonic_s

    @callback
    def write(self, entry: pj.LogEntry) -> None:
        self._log.write(entry.msg, self._monotonic_s())


class _Endpoint(pj.Endpoint):
    def __init__(self, select_account: SelectAccount) -> None:
        super().__init__()
        self._select_account = select_account
        self.doubts: dict[str, tuple[str, ...]] = {}

    @callback
    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:  # noqa: N802 - pjsua2's name
        self._select_account(prm)

    @callback
    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:  # noqa: N802 - pjsua2's name
        if prm.lastError == certificates.REFUSED:
            if len(self.doubts) >= _MOST_DOUBTS:
                self.doubts.clear()
            self.doubts[prm.tlsInfo.remoteAddr] = tuple(prm.tlsInfo.verifyMsgs)


class SipEndpoint:
    """The library, started. All methods are for one thread.

    Args:
        user_agent: what the box calls itself.
        nameservers: DNS servers for SRV and host names; empty leaves names to the system, which may wait.
        select_account: chooses the account that takes an incoming request.
        clock: by which the library's messages are told once a minute.

    Raises:
        LineError: the library does not start.
    """

    def __init__(
        self, user_agent: str, nameservers: Iterable[str], select_account: SelectAccount, clock: Clock
    ) -> None:
        self._clock = clock
        self._media_first = False
        self._log = LibraryLog()
        _quieten_library()
        self._endpoint = _Endpoint(select_account)
        self._endpoint.libCreate()
        self._log_writer = _LogToLogging(self._log, clock.monotonic_s)
        config = _endpoint_config(user_agent, nameservers)
        config.logConfig.writer = self._log_writer
        self._log_writer.this.disown()  # the endpoint deletes it
        try:
            self._endpoint.libInit(config)
        except pj.Error as error:
            self.close()
            raise LineError(f"The SIP library does not start: {error.reason}.") from error

    def listen(self, line: SipLineConfig) -> dict[str, int]:
        """Open a line's transports; for each peer, by name, pjsua's id of the transport by which it is reached.

        Peers over TLS that are asked for different proofs are reached from different ports: what one authority vouches
        for must not serve for another's peer. A peer whose authorities cannot be read is left out.

        Raises:
            AddressInUse: another program has the port.
            LineError: the address is not this machine's, or the certificate cannot be used.
        """
        trusts = list(
            dict.fromkeys(peer.trust for peer in line.peers if peer.trust and not certificates.trouble_with(peer.trust))
        )
        plain: list[Transport] = [transport for transport in line.transports if transport != "tls"]
        found = {transport: self._listen(line, transport, line.bind_port) for transport in plain}
        secured: dict[TlsTrust, int] = {}
        if "tls" in line.transports:
            first = trusts.pop(0) if trusts else TlsTrust(verified=False)
            secured[first] = found["tls"] = self._listen(line, "tls", line.tls_port, first)
        for trust in trusts:
            secured[trust] = self._listen(line, "tls", _ANY_PORT, trust)
        ids = {peer.name: secured.get(peer.trust) if peer.trust else found.get(peer.transport) for peer in line.peers}
        return {name: number for name, number in ids.items() if number is not None}

    def doubts(self, address: str) -> tuple[str, ...]:
        """What was wrong with the certificate last shown by ``address:port``."""
        return self._endpoint.doubts.get(address, ())

    def start(self, codecs: Sequence[str]) -> None:
        """Begin to work: the bridge's clock ticks from here on."""
        self._endpoint.libStart()
        self._endpoint.audDevManager().setNullDev()
        self._media_first = put_media_threads_first()
        self._prefer(codecs)

    def poll(self, max_wait_ms: int) -> bool:
        """Let the library work; its callbacks run in here. False: nothing had come."""
        return int(self._endpoint.libHandleEvents(max_wait_ms)) > 0

    def attend(self) -> None:
        """The once-a-second work."""
        self._media_first = self._media_first or put_media_threads_first()
        self._log.flush(self._clock.monotonic_s())

    def close(self, wait_for_answers: bool = False) -> None:
        """Every account and call must be let go of before. Waiting for what others answer to that takes a second."""
        with contextlib.suppress(pj.Error):
            self._endpoint.libDestroy(0 if wait_for_answers else pj.PJSUA_DESTROY_NO_RX_MSG)

    def _listen(self, line: SipLineConfig, transport: Transport, port: int, trust: TlsTrust | None = None) -> int:
        place = Listening(line.name, line.bind_host, port, transport, line.public_address)
        return self.listen_at(
            place, lambda config: certificates.secure(config, line, trust) if trust is not None else None
        )

    def listen_at(self, place: Listening, secure: Callable[[pj.TransportConfig], None]) -> int:
        """Open one transport; gives pjsua's id of it. ``secure`` gives it its certificate, where it needs one.

        Raises:
            AddressInUse: another program has the port.
            LineError: the address is not this machine's, or the certificate cannot be used.
        """
        config = pj.TransportConfig()
        config.port = place.port
        config.boundAddress = place.host
        config.publicAddress = place.public_address
        config.qosType = pj.PJ_QOS_TYPE_SIGNALLING
        secure(config)
        kinds = _PJ_TRANSPORT_IPV6 if ":" in place.host else _PJ_TRANSPORT
        try:
            return int(self._endpoint.transportCreate(kinds[place.transport], config))
        except pj.Error as error:
            where = f"{place.host}:{config.port} ({place.transport})"
            if error.status == _EADDRINUSE:
                raise AddressInUse(
                    f"Line {place.line} cannot listen on {where}: another program has that port.",
                    "Stop that program (ss -ulpn shows it) or change the line's bind address.",
                ) from error
            raise LineError(
                f"Line {place.line} cannot listen on {where}: {error.reason}.",
                "Check the line's bind address and certificate.",
            ) from error

    def _prefer(self, codecs: Sequence[str]) -> None:
        """Offer exactly these codecs, in that order."""
        highest = 255
        for info in self._endpoint.codecEnum2():
            name = info.codecId.rsplit("/", 1)[0].lower()
            rank = next((place for place, codec in enumerate(codecs) if name == _without_channels(codec)), None)
            self._endpoint.codecSetPriority(info.codecId, 0 if rank is None else highest - rank)


def _endpoint_config(user_agent: str, nameservers: Iterable[str]) -> pj.EpConfig:
    config = pj.EpConfig()
    config.logConfig.level = _LOG_LEVEL
    config.logConfig.consoleLevel = _LOG_LEVEL
    config.logConfig.msgLogging = 0
    config.uaConfig.userAgent = user_agent
    config.uaConfig.maxCalls = MOST_LEGS
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.enableUpnp = False
    for nameserver in nameservers:
        if _is_ipv4(nameserver):
            config.uaConfig.nameserver.append(nameserver)
        else:
            _LOG.error("the name server %s is not used: it must be an IPv4 address without a port", nameserver)
    media = config.medConfig
    media.maxMediaPorts = _MOST_BRIDGE_SLOTS
    media.clockRate = media.sndClockRate = CLOCK_RATE_HZ
    media.audioFramePtime = FRAME_MS
    media.threadCnt = 1
    media.confThreads = 1
    media.noVad = True
    media.ecTailLen = 0
    media.quality = 4
    media.jbInit, media.jbMinPre, media.jbMaxPre, media.jbMax = _JITTER_BUFFER_MS
    return config


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _quieten_library() -> None:
    """Before its settings are read the library would write its start-up to standard output."""
    libpj = ctypes.CDLL(str(next(library_dir().glob("libpj.so*"))))
    libpj.pj_log_set_level(_LOG_LEVEL)


def _without_channels(codec: str) -> str:
    """``opus/48000/2`` and ``opus/48000`` are the same codec to a person."""
    return "/".join(codec.split("/")[:2]).lower()
