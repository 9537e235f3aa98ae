"""Something that a file says, for whoever goes by it as it is now and needs no restart for that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from firmware.adapters.settings.replaced_file import State, state_of
from firmware.core.errors import EarmarkError

_Said = TypeVar("_Said")


class FollowedFile(Generic[_Said]):
    """Looks at the file when asked, and reads it again whenever it was replaced. Any thread.

    A file that cannot be read leaves what was known; whoever changes it is told what is wrong.

    Args:
        read: gives what it says; may raise EarmarkError.
        known: until it was read.
        of: which state of the file ``known`` was read from, if it was.
    """

    def __init__(self, path: Path, read: Callable[[], _Said], known: _Said, of: State | None = None) -> None:
        self._path = path
        self._read = read
        self._turn = threading.Lock()
        self._known = known
        self._state = of

    def __call__(self) -> _Said:
        with self._turn:
            state = state_of(self._path)
            if state is not None and state != self._state:
                self._state = state
                with suppress(EarmarkError):
                    self._known = self._read()
            return self._known
