"""Lines ask for a scanner to be dropped by the name of a file in a folder of theirs; a unit of root's takes it there.

So nothing that runs all the time has both root's rights and the network, and whoever takes over the lines' process gets
no further than asking. The name is all: ``203.0.113.7,600`` is an address and for how many seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from firmware.core.scanner_watch import LONGEST_S, Network, place_of

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 64


@dataclass(frozen=True)
class BlockRequest:
    """One place that is not to be heard for a while."""

    place: Network
    seconds: int


class BlockRequests:
    """The folder. Where it is not there, as in a clone, nothing comes of asking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, place: Network, for_s: float) -> None:
        """In memory, so that the thread that holds calls may. What is too much is left: the lines hear none of it."""
        with suppress(OSError):
            if sum(1 for _ in self._folder.iterdir()) < _MOST_WAITING:
                (self._folder / f"{place.network_address},{round(for_s)}").touch(0o640)

    def take(self) -> Iterator[BlockRequest]:
        """Each that was asked for, once. What is not understood is removed; what cannot be, is none."""
        for path in sorted(self._folder.iterdir()):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _LOG.warning("%s is no request to block anybody: %s", path, error.strerror)
                continue
            if (request := _understood(path.name)) is not None:
                yield request


def _understood(name: str) -> BlockRequest | None:
    address, _, seconds = name.partition(",")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 8 and 1 <= int(seconds) <= LONGEST_S):
        return None
    try:
        return BlockRequest(place_of(address), int(seconds))
    except ValueError:
        return None
