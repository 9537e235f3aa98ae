"""What others bring about as often as they like is told once a minute for each kind, with how often it was."""

from __future__ import annotations

from collections.abc import Callable

EVERY_S = 60.0
#: So many kinds at most are told apart; those beyond count as ``others``.
MOST_KINDS = 20


class OnceAMinute:
    """Counts by kind. For one thread; times are monotonic seconds.

    Args:
        tell: says of one kind how often it happened since it was last told of.
        others: the kind that stands for all beyond the most.
    """

    def __init__(self, tell: Callable[[str, int], None], others: str) -> None:
        self._tell = tell
        self._others = others
        self._counts: dict[str, int] = {}
        self._said_at_s: dict[str, float] = {}

    def note(self, kind: str, now_s: float, count: int = 1) -> str:
        """Count it, and tell at once unless that was done within the last minute; the kind it was counted as."""
        if kind not in self._said_at_s and len(self._said_at_s) >= MOST_KINDS:
            kind = self._others
        self._counts[kind] = self._counts.get(kind, 0) + count
        self._tell_if_due(kind, now_s)
        return kind

    def flush(self, now_s: float) -> None:
        """Tell what was counted since; call now and then, so that the last of a burst is told as well."""
        for kind in list(self._counts):
            self._tell_if_due(kind, now_s)
        fresh = {kind: at_s for kind, at_s in self._said_at_s.items() if now_s - at_s < EVERY_S}
        self._said_at_s = {**fresh, **{kind: self._said_at_s[kind] for kind in self._counts}}

    def __len__(self) -> int:
        """How many kinds are kept."""
        return len(self._said_at_s)

    def _tell_if_due(self, kind: str, now_s: float) -> None:
        if now_s - self._said_at_s.get(kind, -EVERY_S) < EVERY_S:
            return
        self._said_at_s[kind] = now_s
        self._tell(kind, self._counts.pop(kind))
