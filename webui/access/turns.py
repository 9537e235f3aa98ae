"""How many pass phrases are checked at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webui.errors import TooBusy

#: Each costs the opener a second and 64 MB; more would only wait, and hold our threads.
MOST_AT_ONCE = 4


class Turns:
    """Shared by everything that makes the opener check a pass phrase or put a key under one. Any thread."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)

    @contextmanager
    def one(self) -> Iterator[None]:
        """
        Raises:
            TooBusy: all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise TooBusy("Several people are signing in at this moment.", "Wait a few seconds and try again.")
        try:
            yield
        finally:
            self._free.release()
