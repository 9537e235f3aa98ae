"""What waits to be told to one web hook, and when it is tried again: with growing pauses, and never without end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

#: After so many seconds a message is tried again; after the last of them it is given up.
AGAIN_AFTER_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0)
#: A hook that takes nothing rests so long at most between two messages of those that wait.
_MOST_REST_S = 60.0
#: With so many waiting the oldest are given up: the list of calls has them all.
MOST_WAITING = 500
_LONGEST_WAIT_S = 14_400.0


@dataclass(frozen=True)
class HookMessage:
    """``message_id`` stays the same however often it is tried, so that whoever takes it twice knows."""

    message_id: str
    body: bytes = field(repr=False)
    tries: int = 0
    due_s: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of one try. ``gone``: nothing is wanted there any more. ``wait_s``: as long as was asked for."""

    result: Literal["taken", "not_taken", "gone"]
    why: str = ""
    wait_s: float = 0.0


@dataclass
class HookQueue:
    """Of one hook, by a clock that never jumps. Whoever has it sees to it that one thread uses it at a time.

    ``failing_since_s``: when it first took no message, and has taken none after; None: it took the last, or had none.
    """

    waiting: dict[str, HookMessage] = field(default_factory=dict)
    dropped: int = 0
    trouble: str = ""
    gone: bool = False
    failing_since_s: float | None = None
    _failures: int = 0
    _rests_until_s: float = 0.0

    def add(self, message_id: str, body: bytes, now_s: float) -> None:
        if self.gone:
            return
        while len(self.waiting) >= MOST_WAITING:
            del self.waiting[next(iter(self.waiting))]
            self.dropped += 1
        self.waiting[message_id] = HookMessage(message_id, body, due_s=now_s)

    def due(self, now_s: float) -> HookMessage | None:
        """What is to be tried now, if anything is."""
        message = self._next()
        return message if message is not None and self._at(message) <= now_s else None

    def next_in_s(self, now_s: float) -> float | None:
        """How long until something is to be tried; None: nothing waits."""
        message = self._next()
        return None if message is None else max(0.0, self._at(message) - now_s)

    def tried(self, message: HookMessage, outcome: Outcome, now_s: float) -> None:
        """Take in what became of a message that was due."""
        self.trouble = outcome.why
        if outcome.result == "taken":
            self.waiting.pop(message.message_id, None)
            self.takes_again()
            return
        if self.failing_since_s is None:
            self.failing_since_s = now_s
        if outcome.result == "gone":
            self.dropped += len(self.waiting)
            self.waiting.clear()
            self.gone = True
        elif message.message_id in self.waiting:
            self._not_taken(message, outcome.wait_s, now_s)

    def takes_again(self) -> None:
        """It took a message: one of these, or one that somebody sent to try it."""
        self.trouble, self.gone, self.failing_since_s = "", False, None
        self._failures, self._rests_until_s = 0, 0.0

    def _not_taken(self, message: HookMessage, wait_s: float, now_s: float) -> None:
        self._failures += 1
        self._rests_until_s = now_s + min(_MOST_REST_S, 2.0 ** min(self._failures, 10))
        if message.tries >= len(AGAIN_AFTER_S):
            del self.waiting[message.message_id]
            self.dropped += 1
            return
        again_s = max(AGAIN_AFTER_S[message.tries], min(wait_s, _LONGEST_WAIT_S))
        self.waiting[message.message_id] = replace(message, tries=message.tries + 1, due_s=now_s + again_s)

    def _next(self) -> HookMessage | None:
        return min(self.waiting.values(), key=lambda each: each.due_s, default=None)

    def _at(self, message: HookMessage) -> float:
        return max(message.due_s, self._rests_until_s)
