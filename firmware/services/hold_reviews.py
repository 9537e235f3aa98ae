"""Reminds of legal holds that somebody must look at again: the keeper's duty, by number alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from firmware.core.legal_hold import LegalHold, due_for_review


class HoldReviews:
    """A ``KeeperTask``. Purposes name people, and whoever sees to the box may not know them: holds are only counted."""

    name = "review of legal holds"
    every_s = 3600.0

    def __init__(self, holds: Callable[[], Sequence[LegalHold]], zone: tzinfo) -> None:
        self._holds = holds
        self._zone = zone
        self._due = 0

    @property
    def attention(self) -> Sequence[str]:
        if not self._due:
            return ()
        holds = "1 legal hold is" if self._due == 1 else f"{self._due} legal holds are"
        return (f"{holds} due for review. Look at the page Keeping: keep each up, or release it.",)

    def run(self, now_ms: int) -> None:
        self._due = due_for_review(self._holds(), datetime.fromtimestamp(now_ms / 1000, self._zone).date())
