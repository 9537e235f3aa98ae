"""Made-up calls for a demonstration: who calls, when, and whether they give their number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from firmware.adapters.generator.conversation import converse
from firmware.adapters.generator.exchange import CallPlan, Exchange
from firmware.adapters.generator.softphones import Softphones
from firmware.adapters.generator.speech import Passage

_WITHHELD_SHARE = 0.1
_OUTBOUND_SHARE = 0.3
_EXTENSIONS = ("201", "202", "203", "204")
# Ofcom keeps these for drama: nobody has them.
_NUMBERS = ("01632960{:03}", "07700900{:03}", "02079460{:03}")
OFFICE_NUMBER = "01632960100"


@dataclass(frozen=True)
class Rhythm:
    """How calls come: each lasts ``call_s``, is followed by ``pause_s`` of quiet, ``simultaneous`` at a time."""

    call_s: float
    pause_s: float
    simultaneous: int = 1


class Demonstration:
    """Keeps placing calls on every place of the rhythm until told to stop."""

    def __init__(
        self,
        phones: Softphones,
        passages: Sequence[Passage],
        rhythm: Rhythm,
        on_end: Callable[[Exchange], None],
        random: Random | None = None,
    ) -> None:
        self._phones = phones
        self._passages = passages
        self._rhythm = rhythm
        self._on_end = on_end
        self._random = random or Random()

    def run(self, stop: threading.Event, most_calls: int | None = None) -> int:
        """Place calls until ``stop`` is set or so many have ended, then hang up. Returns how many had ended."""
        places: list[Exchange | None] = [None] * self._rhythm.simultaneous
        # Staggered, so that simultaneous calls do not all begin in one instant.
        due_s = [time.monotonic() + 0.25 * place for place in range(len(places))]
        placed = ended = 0
        while not stop.is_set() and (most_calls is None or ended < most_calls):
            self._phones.poll()
            now_s = time.monotonic()
            for place, exchange in enumerate(places):
                if exchange is not None and exchange.over:
                    places[place], due_s[place], ended = None, now_s + self._rhythm.pause_s, ended + 1
                    self._on_end(exchange)
                elif exchange is None and now_s >= due_s[place] and (most_calls is None or placed < most_calls):
                    places[place] = self._phones.place(self._plan(placed))
                    placed += 1
        self._hang_up([exchange for exchange in places if exchange is not None])
        return ended

    def _plan(self, number: int) -> CallPlan:
        outside = self._random.choice(_NUMBERS).format(self._random.randrange(1000))
        extension = self._random.choice(_EXTENSIONS)
        conversation = converse(self._passages, self._rhythm.call_s, beginning=7 * number)
        if self._random.random() < _OUTBOUND_SHARE:
            return CallPlan("outbound", caller=extension, called=outside, conversation=conversation)
        withheld = self._random.random() < _WITHHELD_SHARE
        return CallPlan("inbound", caller=outside, called=OFFICE_NUMBER, conversation=conversation, withheld=withheld)

    def _hang_up(self, exchanges: Sequence[Exchange]) -> None:
        for exchange in exchanges:
            exchange.abandon(time.monotonic())
        # An exchange ends by itself within HANG_UP_WITHIN_S.
        while any(not exchange.over for exchange in exchanges):
            self._phones.poll()
