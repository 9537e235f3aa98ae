"""Rows of the PBX's call log are kept no longer than recordings are.

One that found its recording goes with it. What has none is kept as long as its recording would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from firmware.core.retention import STANDARD
from firmware.ports.retention import AppliedClass

_AT_ONCE = 500


class LogAges(Protocol):
    """Every method raises StorageError."""

    def oldest(self, most: int) -> Sequence[tuple[str, str, int]]:
        """Of the rows without a recording: id, retention class and beginning (Unix ms), the oldest of each class."""
        ...

    def drop(self, row_ids: Sequence[str]) -> None: ...

    def wipe_traces(self) -> bool:
        """Leave nothing of dropped rows beside the table. Returns whether it is done."""
        ...


class CallLogAgeing:
    """``classes``: how long each class is kept, as it is in effect."""

    def __init__(self, rows: LogAges, classes: Callable[[], Mapping[str, AppliedClass]]) -> None:
        self._rows = rows
        self._classes = classes
        self._traces_left = True  # the process before this one may have ended before it had wiped them

    def run(self, now_ms: int) -> int:
        """Returns how many were dropped."""
        applied, dropped = self._classes(), 0
        while expired := [
            row
            for row, kept_as, began_ms in self._rows.oldest(_AT_ONCE)
            if _is_over(applied, kept_as, began_ms, now_ms)
        ]:
            self._traces_left = True
            self._rows.drop(expired)
            dropped += len(expired)
        if self._traces_left:
            self._traces_left = not self._rows.wipe_traces()
        return dropped


def _is_over(applied: Mapping[str, AppliedClass], kept_as: str, began_ms: int, now_ms: int) -> bool:
    """A class that is no more keeps as the standard one; before that is in effect, nothing goes."""
    found = applied.get(kept_as) or applied.get(STANDARD)
    return found is not None and found.kept.expires_at_ms(began_ms, ZoneInfo(found.zone)) <= now_ms
