"""Who knocks too often is not heard for a while: by the lines themselves, and where possible by the packet filter.

The lines drop what comes from there, but hear registered phones, calls in progress, and emergency calls from where
phones may be. The packet filter knows none of these: it is asked only for places from which nobody of the office is.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from firmware.adapters.sip.peers import RefusalLog
from firmware.core.scanner_watch import Network, ScannerWatch, place_of
from firmware.native.peer_gate import OTHERS

_LOG = logging.getLogger(__name__)
#: Shorter than this is not worth troubling the packet filter.
_WORTH_FILTERING_S = 60.0

#: Asks whoever keeps the packet filter to drop what comes from a place for so many seconds. Must not wait.
AskFilter = Callable[[Network, float], None]
#: The addresses from which somebody of the office speaks at this moment: registered phones, parties of calls.
InUse = Callable[[], Iterable[str]]


def no_filter(place: Network, for_s: float) -> None:
    """Where there is no packet filter to be asked."""


class Gate(Protocol):
    """What is needed of ``PeerGate``."""

    def refused(self) -> list[tuple[str, int]]: ...

    def no_longer_answer(self, network: Network, for_s: float) -> None: ...


class Scanners:
    """One thread: the one that polls the library.

    Args:
        refusals: where it is told who was refused.
        ask_filter: see ``AskFilter``.
        in_use: see ``InUse``.
    """

    def __init__(self, refusals: RefusalLog, ask_filter: AskFilter, in_use: InUse) -> None:
        self._refusals = refusals
        self._watch = ScannerWatch()
        self._ask_filter = ask_filter
        self._in_use = in_use
        self._shown: list[dict[str, object]] = []
        self._forgiven: list[Network] = []

    def _refused(self, gate: Gate, address: str, requests: int, now_s: float) -> None:
        place = place_of(address)
        for_s = self._watch.refused(place, requests, now_s)
        if for_s:
            _LOG.warning("%s knocks too often: not heard for %d minutes", address, round(for_s / 60))
            gate.no_longer_answer(place, for_s)
            self.filter(place, for_s)

    def filter(self, place: Network, for_s: float) -> None:
        """Have a place dropped by the packet filter, unless somebody of the office is there."""
        if for_s < _WORTH_FILTERING_S:
            return
        if any(ipaddress.ip_address(address) in place for address in self._in_use()):
            _LOG.info("%s is not filtered: phones or calls of the office come from there, too", place)
            return
        self._ask_filter(place, for_s)

    def attend(self, gate: Gate | None, now_s: float) -> None:
        """The once-a-second work: ``gate`` knows who was refused since."""
        if gate is not None:
            self._look_after(gate, now_s)
        self._refusals.flush(now_s)

    def _look_after(self, gate: Gate, now_s: float) -> None:
        for address, requests in gate.refused():
            self._refusals.note(address, now_s, requests)
            if address != OTHERS:
                self._refused(gate, address, requests, now_s)
        while self._forgiven:
            place = self._forgiven.pop()
            self._watch.forgive(place)
            gate.no_longer_answer(place, 0.0)
        self._shown = [
            {"address": str(place), "left_s": round(left_s)} for place, left_s in self._watch.unheard(now_s).items()
        ]

    def shown(self) -> list[dict[str, object]]:
        """Who is not heard, and for how long yet, as JSON values. Any thread."""
        return self._shown

    def forgive(self, place: Network) -> None:
        """Hear a place again, within a second. Any thread."""
        self._forgiven.append(place)
