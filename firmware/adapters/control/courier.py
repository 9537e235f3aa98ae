"""Brings what another process must have, in order, however long that is away, behind the back of whoever hands it over.

What was brought and not heard to have arrived is brought again: whoever takes it knows it by an id of its own.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

from firmware.core.errors import EarmarkError, ServiceAway, StorageError

_LOG = logging.getLogger(__name__)
AGAIN_AFTER_S = 2.0

Item = TypeVar("Item")


class Courier(Generic[Item]):
    """A thread with a bag. ``hand_on`` and ``waiting`` from any.

    Args:
        what: what the items are, for the log and the thread's name.
        bring: hands some over, which are safe on return. Raises ServiceAway or StorageError: not now; another
            EarmarkError: never.
        make_room: called before an item goes into the bag, with the bag, and may change it: what is being brought
            meanwhile counts no more once it is out. False: the item goes nowhere.
        at_once: how many are brought together.
    """

    def __init__(
        self,
        what: str,
        bring: Callable[[Sequence[Item]], None],
        make_room: Callable[[deque[Item]], bool],
        at_once: int = 1,
        again_after_s: float = AGAIN_AFTER_S,
    ) -> None:
        self._what = what
        self._bring = bring
        self._make_room = make_room
        self._at_once = at_once
        self._again_after_s = again_after_s
        self._changed = threading.Condition()
        self._waiting: deque[Item] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._carry, name=what, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Deliver what waits, if it is taken now, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def hand_on(self, item: Item) -> None:
        """Never waits for whoever takes it."""
        with self._changed:
            if self._make_room(self._waiting):
                self._waiting.append(item)
            self._changed.notify()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def _carry(self) -> None:
        away = last = False
        while not last:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                last = self._stopping
            was_away, away = away, not self._deliver_all(told_of=away)
            if was_away and not away:
                _LOG.info("%s that waited are taken", self._what)
            if away and not last:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, self._again_after_s)

    def _deliver_all(self, told_of: bool) -> bool:
        """False: they are not taken now."""
        while items := self._next():
            try:
                self._bring(items)
            except (ServiceAway, StorageError) as error:
                if not told_of:
                    _LOG.warning("%s wait: %s", self._what, error.what)
                return False
            except EarmarkError as error:
                _LOG.error("%d %s were not taken: %s", len(items), self._what, error)
            with self._changed:
                for item in items:
                    if self._waiting and self._waiting[0] is item:
                        self._waiting.popleft()
        return True

    def _next(self) -> list[Item]:
        with self._changed:
            return list(islice(self._waiting, self._at_once))
