"""Who may call: peers known by the address they send from. Everyone else is refused, and logged once a minute."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware.adapters.sip.line_config import SipLineConfig, SipPeer

_LOG = logging.getLogger(__name__)
_LOG_EVERY_S = 60.0
_MOST_SOURCES = 1000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


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


@dataclass
class RefusalLog:
    """Says who was refused, at most once a minute for each address, with how often."""

    _counts: dict[str, int] = field(default_factory=dict)
    _logged_at_s: dict[str, float] = field(default_factory=dict)
    refused: int = 0

    def note(self, source: str, now_s: float) -> None:
        address, _ = split_source(source)
        key = str(address)
        self.refused += 1
        if key not in self._counts and len(self._counts) >= _MOST_SOURCES:
            key = "others"
        self._counts[key] = self._counts.get(key, 0) + 1
        if now_s - self._logged_at_s.get(key, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            self._say(key, now_s)

    def flush(self, now_s: float) -> None:
        """Say what was counted since; call now and then, so that the last of a burst is told as well."""
        for key in list(self._counts):
            if now_s - self._logged_at_s.get(key, -_LOG_EVERY_S) >= _LOG_EVERY_S:
                self._say(key, now_s)

    def _say(self, key: str, now_s: float) -> None:
        count = self._counts.pop(key)
        self._logged_at_s[key] = now_s
        if len(self._logged_at_s) > _MOST_SOURCES:
            self._logged_at_s = {key: now_s}
        _LOG.warning("refused %d call%s from %s, which is no peer of any line", count, "" if count == 1 else "s", key)
