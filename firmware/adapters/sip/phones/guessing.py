"""Whoever guesses passwords is answered less and less; what is known of such places is bounded.

A place is an IPv4 address or an IPv6 /64, which is what one customer has. After a few failures it is not answered for a
second, then for two, and so on up to some minutes; a scanner that hears nothing gives up. Phones that are registered
are not touched by what others do from the same place (see ``registrar.h``).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from firmware.core.scanner_watch import Network, place_of

_FREE_FAILURES = 5
_LONGEST_S = 300.0
_FORGOTTEN_AFTER_S = 3600.0
# Requests without any password: so many at once, and so many a second for long. An office whose phones all come back
# after a power cut asks once a phone.
_FREE_QUESTIONS = 60.0
_QUESTIONS_A_SECOND = 1.0
_UNASKED_S = 10.0
_MOST_PLACES = 4096


@dataclass
class _Place:
    failures: int = 0
    failed_s: float = 0.0
    questions: float = _FREE_QUESTIONS
    asked_s: float = 0.0


class Guessing:
    """Counts failures by place. One thread; times are monotonic seconds."""

    def __init__(self) -> None:
        self._places: OrderedDict[Network, _Place] = OrderedDict()

    def __len__(self) -> int:
        """How many places are kept."""
        return len(self._places)

    def failed(self, address: str, now_s: float) -> tuple[Network, float]:
        """A wrong password, or nobody of that name: the place, and for how long it is not to be answered."""
        network, place = self._place(address)
        if now_s - place.failed_s > _FORGOTTEN_AFTER_S:
            place.failures = 0
        place.failures += 1
        place.failed_s = now_s
        over = place.failures - _FREE_FAILURES
        return network, 0.0 if over <= 0 else min(_LONGEST_S, 2.0 ** min(over - 1, 16))

    def asked(self, address: str, now_s: float) -> tuple[Network, float]:
        """A request without a password: the place, and for how long it is not to be answered."""
        network, place = self._place(address)
        place.questions = min(_FREE_QUESTIONS, place.questions + (now_s - place.asked_s) * _QUESTIONS_A_SECOND)
        place.asked_s = now_s
        place.questions -= 1
        return network, _UNASKED_S if place.questions < 0 else 0.0

    def proved(self, address: str) -> None:
        """Somebody there knows a password: the question that came before it was none of a stranger's."""
        network = place_of(address)
        if network in self._places:
            self._places[network].questions += 1

    def _place(self, address: str) -> tuple[Network, _Place]:
        network = place_of(address)
        place = self._places.setdefault(network, _Place())
        self._places.move_to_end(network)
        while len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)
        return network, place
