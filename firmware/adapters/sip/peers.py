"""Who may call: peers known by the address they send from. Everyone else is refused, and logged once a minute."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.adapters.sip.line_config import SipLineConfig, SipPeer
from firmware.core.once_a_minute import OnceAMinute
from firmware.native.peer_gate import OTHERS

_LOG = logging.getLogger(__name__)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class KnownPeer:
    """A peer and the line it belongs to."""

    line: SipLineConfig
    peer: SipPeer


class KnownPeers:
    """Tells peers apart by source address, and by port where two peers share an address."""

    def __init__(self, lines: Sequence[SipLineConfig]) -> None:
        self._rules = [
            (ipaddress.ip_network(address.network, strict=False), address.port, KnownPeer(line, peer))
            for line in lines
            for peer in line.peers
            for address in peer.addresses
        ]

    def networks(self) -> tuple[Network, ...]:
        """Every address and network that some peer sends from."""
        return tuple(dict.fromkeys(network for network, _, _ in self._rules))

    def match(self, source: str, sent_by_port: int) -> KnownPeer | None:
        """The peer a request came from, or None.

        Args:
            source: ``address:port`` as the transport saw it.
            sent_by_port: the port in the topmost Via. Believed only to tell apart peers that share the address: over
                TCP the source port says nothing.
        """
        host, port = split_source(source)
        if host is None:
            return None
        candidates = [
            (known, rule_port or known.peer.port)
            for network, rule_port, known in self._rules
            if host in network and (rule_port in (0, port, sent_by_port))
        ]
        for wanted in (port, sent_by_port):
            for known, known_port in candidates:
                if known_port == wanted:
                    return known
        # Several peers behind one address that no port tells apart: never take a stranger for the office.
        sides = {(known.line.name, known.peer.role) for known, _ in candidates}
        return candidates[0][0] if len(sides) == 1 else None


def split_source(source: str) -> tuple[Address | None, int]:
    """``address:port`` or ``[address]:port`` as pjsip writes it → (address, port); (None, 0) when it is neither."""
    host, _, port = source.rpartition(":")
    try:
        return ipaddress.ip_address(host.strip("[]")), int(port)
    except ValueError:
        return None, 0


class RefusalLog:
    """Says who was refused and how often: once a minute for each address, and for so many addresses at most."""

    def __init__(self) -> None:
        self.refused = 0
        self._addresses = OnceAMinute(_say, OTHERS)

    def note(self, address: str, now_s: float, requests: int = 1) -> None:
        self.refused += requests
        self._addresses.note(address, now_s, requests)

    def flush(self, now_s: float) -> None:
        """Say what was counted since; call now and then, so that the last of a burst is told as well."""
        self._addresses.flush(now_s)

    def __len__(self) -> int:
        """How many addresses are kept."""
        return len(self._addresses)


def _say(address: str, count: int) -> None:
    requests = "1 request" if count == 1 else f"{count} requests"
    _LOG.warning("refused %s from %s, no peer of any line", requests, address)
