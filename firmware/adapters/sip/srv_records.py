"""The servers that SRV records name for a trunk (RFC 2782, RFC 3263 section 4.2)."""

from __future__ import annotations

import logging

import dns.exception
import dns.resolver

from firmware.adapters.sip.line_config import SipLineConfig, SipPeer, Transport

_LOG = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 3.0
_MOST_SERVERS = 5
_SERVICE: dict[Transport, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


def servers_of(line: SipLineConfig, trunk: SipPeer) -> tuple[str, ...] | None:
    """In order of priority, the heavier first; none where there is one only; None when nobody answers."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = list(line.nameservers)
    try:
        answer = resolver.resolve(f"{_SERVICE[trunk.transport]}.{trunk.host}.", "SRV", lifetime=_ANSWER_WITHIN_S)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException as error:
        _LOG.debug("%s: no SRV records of trunk %s: %s", line.name, trunk.name, error)
        return None
    records = sorted(answer, key=lambda record: (record.priority, -record.weight))
    servers = tuple(f"{record.target.to_text(omit_final_dot=True)}:{record.port}" for record in records)
    return servers[:_MOST_SERVERS] if len(servers) > 1 else ()
