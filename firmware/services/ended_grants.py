"""The keeper's second look at approvals: what the opener should have destroyed and, being down or without its rows, did
not. Each grant file says in clear until when it is good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

_LOG = logging.getLogger(__name__)
#: The opener does it within seconds, and puts it on record: it goes first.
LEFT_TO_THE_OPENER_MS = 3_600_000


class PastGrants(Protocol):
    def erase_past(self, now_ms: int) -> int:
        """Destroy every grant file whose date has come, and how many there were.

        Raises:
            StorageError: one may still be there.
        """
        ...


class EndedGrants:
    """A ``KeeperTask``.

    Args:
        may_erase: whether the clock is believed; while it is not, nothing is destroyed by it.
    """

    name = "ended approvals"
    every_s = 3600.0
    attention: Sequence[str] = ()

    def __init__(self, grants: PastGrants, may_erase: Callable[[], bool] = lambda: True) -> None:
        self._grants = grants
        self._may_erase = may_erase

    def run(self, now_ms: int) -> None:
        if not self._may_erase():
            return
        found = self._grants.erase_past(now_ms - LEFT_TO_THE_OPENER_MS)
        if found:
            _LOG.warning("destroyed %d grant files that had ended and were still there", found)
