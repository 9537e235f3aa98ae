"""Failed sign-ins, and how long to wait for the next (PCI DSS 4.0.1, 8.3.4).

The first failures in a row cost nothing; then the wait doubles with each; at the limit the name is locked. The limit
also holds for all failures within the length of a lock, whoever got in between them, so that nobody who guesses gets
more answers than that. All of it goes by the name that was typed, whether or not there is such a person, so that the
answer does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

_FREE_FAILURES = 3
_LONGEST_DELAY_MS = 60_000


@dataclass(frozen=True)
class LockOutRules:
    failures_allowed: int = 10
    locked_ms: int = 30 * 60_000


@dataclass(frozen=True)
class Attempts:
    """``failures`` in a row; ``not_before_ms``: the Unix time from which the next try is looked at; ``recent_ms``: when
    the failures of the last while were.
    """

    failures: int = 0
    not_before_ms: int = 0
    recent_ms: tuple[int, ...] = ()

    def wait_ms(self, now_ms: int) -> int:
        """How long a try must wait still; 0 means it may be made now."""
        return max(0, self.not_before_ms - now_ms)

    def failed(self, now_ms: int, rules: LockOutRules) -> Self:
        """After one more failure. A lock that has run out starts the count anew."""
        ran_out = self.failures >= rules.failures_allowed
        failures = 1 if ran_out else self.failures + 1
        recent = (*(each for each in self.recent_ms if now_ms - rules.locked_ms < each <= now_ms), now_ms)
        if max(failures, len(recent)) >= rules.failures_allowed:
            failures, delay_ms = rules.failures_allowed, rules.locked_ms
        elif failures < _FREE_FAILURES:
            delay_ms = 0
        else:
            delay_ms = min(1000 << (failures - _FREE_FAILURES), _LONGEST_DELAY_MS)
        return type(self)(failures, now_ms + delay_ms, recent[-rules.failures_allowed :])

    def succeeded(self) -> Self:
        """The row is broken; what happened lately stays counted."""
        return type(self)(0, 0, self.recent_ms)

    def is_locked(self, now_ms: int, rules: LockOutRules) -> bool:
        return self.failures >= rules.failures_allowed and self.wait_ms(now_ms) > 0
