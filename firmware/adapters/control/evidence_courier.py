"""Takes evidence entries to the recorder behind the back of whoever made them, in order, however long it is away.

Each gets an id of its own. One that the recorder took without the courier hearing of it is brought again, and by its id
the recorder knows that it has it.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.adapters.control.courier import AGAIN_AFTER_S, Courier
from firmware.core.evidence_chain import ENTRY_ID
from firmware.ports.listening_keys import EvidenceDesk

_MOST_WAITING = 1000
_LOST = "entries-lost"

_Entry = tuple[str, Mapping[str, str], Mapping[str, Any]]


class EvidenceCourier:
    """A thread with a bounded bag. What does not fit in is counted, and the count is entered in its place.

    Args:
        desk: where the entries go.
    """

    def __init__(self, desk: EvidenceDesk, again_after_s: float = AGAIN_AFTER_S) -> None:
        self._desk = desk
        self._courier = Courier("evidence entries", self._enter, _has_room, again_after_s=again_after_s)

    def start(self) -> None:
        self._courier.start()

    def stop(self) -> None:
        """Deliver what waits, if the recorder takes it now, and end."""
        self._courier.stop()

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        """Hand an entry over. Any thread; never waits for the recorder."""
        self._courier.hand_on((kind, {**subject, ENTRY_ID: secrets.token_hex(8)}, detail))

    def _enter(self, entries: Sequence[_Entry]) -> None:
        for entry in entries:
            self._desk.enter(*entry)


def _has_room(waiting: deque[_Entry]) -> bool:
    """Behind the last that finds room is the count of those that did not."""
    if len(waiting) < _MOST_WAITING:
        return True
    if waiting[-1][0] != _LOST:
        waiting.append((_LOST, {ENTRY_ID: secrets.token_hex(8)}, {"count": 0}))
    kind, subject, detail = waiting.pop()
    waiting.append((kind, subject, {"count": detail["count"] + 1}))
    return False
