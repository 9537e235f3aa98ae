"""The servers of trunks that are named by SRV records (RFC 2782, RFC 3263), looked up before a call needs them.

pjsip resolves SRV by itself, but over UDP it never goes on to the second server when the first is dead. So the list is
kept here, and each server is a target of its own for call control, which gives a silent one up after seconds.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping, Sequence

from firmware.adapters.sip.line_config import SipLineConfig, SipPeer

_LOOK_AGAIN_S = 60.0
_STOPS_WITHIN_S = 3.0
#: How long the start waits for the name servers: a call that comes before they answered would know one server only.
_FIRST_ANSWER_WITHIN_S = 1.0

LookUp = Callable[[SipLineConfig, SipPeer], tuple[str, ...] | None]


class TrunkServers:
    """Knows the servers of every trunk that has several. ``of`` may be called from any thread and never waits."""

    def __init__(self, lines: Sequence[SipLineConfig]) -> None:
        self._wanted = [(line, trunk) for line in lines for trunk in line.trunks if _is_looked_up(line, trunk)]
        self._known: dict[str, dict[str, tuple[str, ...]]] = {line.name: {} for line in lines}
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look up, and again from time to time; without a trunk that needs it, nothing is started."""
        if self._wanted:
            # Only here: 2 MB that no other office has a use for.
            from firmware.adapters.sip.srv_records import servers_of

            self._thread = threading.Thread(target=self._run, args=(servers_of,), name="trunk-servers", daemon=True)
            self._thread.start()
            self._looked.wait(_FIRST_ANSWER_WITHIN_S)

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN_S)

    def of(self, line: str) -> Mapping[str, Sequence[str]]:
        return self._known.get(line, {})

    def _run(self, servers_of: LookUp) -> None:
        while True:
            for line, trunk in self._wanted:
                found = servers_of(line, trunk)
                # What was known stays good while the name server is silent.
                if found is not None:
                    self._known[line.name] = {**self._known[line.name], trunk.name: found}
            self._looked.set()
            if self._stop.wait(_LOOK_AGAIN_S):
                return


def _is_looked_up(line: SipLineConfig, trunk: SipPeer) -> bool:
    """RFC 3263 section 4.2: a name without a port, and no proxy that would do it for us.

    Not where the trunk must prove its name (RFC 5922 section 7.1): that is the one in the settings, which pjsip
    compares when it looks the servers up itself, not one from unsigned DNS. Over TLS it does try them in turn.
    """
    if trunk.trust is not None and trunk.trust.verified:
        return False
    if trunk.port or trunk.outbound_proxy or not line.nameservers:
        return False
    try:
        ipaddress.ip_address(trunk.host)
    except ValueError:
        return True
    return False
