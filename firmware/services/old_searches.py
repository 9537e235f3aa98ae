"""Saved searches that go: numbers and names are among what they look for.

They go with the sign-in of whoever saved them, or with the role that let them search; and in their time, as does what
the evidence says of them, unless somebody saves them anew.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any

from firmware.core.access_policy import Action, may
from firmware.core.errors import StorageError
from firmware.core.leavers import ABOUT
from firmware.core.people import Person
from firmware.core.retention import Period, RetentionClass
from firmware.ports.clock import Clock
from firmware.ports.saved_searches import SavedSearchStore

_LOG = logging.getLogger(__name__)
_EVERY_S = 3600.0
REMOVED = "searches-removed"
_Tell = Callable[[str, Mapping[str, str], Mapping[str, Any]], None]


class OldSearches:
    """Any thread.

    Args:
        people: who has a sign-in now. Raises StorageError.
        tell: enters in the evidence.
        period: how long they are kept since they were saved, to the day by the office's clock (``zone``).
    """

    def __init__(
        self,
        people: Callable[[], Iterable[Person]],
        store: SavedSearchStore,
        tell: _Tell,
        clock: Clock,
        period: Period,
        zone: tzinfo,
    ) -> None:
        self._people = people
        self._store = store
        self._tell = tell
        self._clock = clock
        self._kept = RetentionClass("saved searches", period)
        self._zone = zone
        self._next_s = 0.0

    def look_when_due(self) -> None:
        """Once an hour: whoever left while the data disk was away, or came back with a restore, and what is old."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._next_s:
            self._next_s = now_s + _EVERY_S
            self.look()

    def look(self) -> None:
        """Somebody's sign-in or role has ended. While the catalogue is away, nothing is done until it is due again."""
        try:
            removed = self._remove()
        except StorageError as error:
            _LOG.warning("saved searches wait to be looked through: %s", error)
            return
        for person_id, count in removed.items():
            self._tell(REMOVED, {ABOUT: person_id}, {"searches": count})

    def _remove(self) -> Counter[str]:
        searching = {each.person_id for each in self._people() if may(each.role, Action.SEARCH)}
        now_ms = self._clock.wall_ms() if self._clock.is_set() else 0
        removed: Counter[str] = Counter()
        for person_id, name, saved_at_ms in self._store.everybodys():
            is_old = self._kept.expires_at_ms(saved_at_ms, self._zone) <= now_ms
            if (is_old or person_id not in searching) and self._store.remove(person_id, name):
                removed[person_id] += 1
        return removed
