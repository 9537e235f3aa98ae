"""Where a PBX's call log comes from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Received:
    """Bytes from one of a source's channels: a port has one, a listener one per connection. Empty: it was cut."""

    channel: int
    content: bytes


class SourceGone(Exception):
    """The port or connection is not there (any more). Its words say which and what to do."""


class LogSource(Protocol):
    """One thread."""

    @property
    def shown(self) -> str:
        """What it is called to people."""
        ...

    def opened(self, stop: threading.Event) -> AbstractContextManager[Iterator[Received]]:
        """Open it; the iterator gives what comes, waits where nothing does, and ends with ``stop``.

        Raises (also the iterator): SourceGone.
        """
        ...
