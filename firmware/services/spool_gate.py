"""Who has a spooled recording in hand: the recorder, which may have to go on with it, or the intake, which moves it.

Lines may offer a ring again whose recording seemed over. The recorder comes first: the intake lets go of what it is
copying, and what it has already entered it ends within a moment.
"""

from __future__ import annotations

import threading
from collections.abc import Set


class SpoolGate:
    """Any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._recorded: set[str] = set()
        self._taken = ""

    def record(self, recording_id: str) -> None:
        """The recorder wants it; returns when the intake does not have it (any more)."""
        with self._changed:
            self._recorded.add(recording_id)
            self._changed.wait_for(lambda: self._taken != recording_id)

    def recorded(self, going_on: Set[str]) -> None:
        """The recorder has only these in hand now."""
        with self._changed:
            self._recorded &= going_on

    def take(self, recording_id: str) -> bool:
        """The intake wants it. False: the recorder has it."""
        with self._changed:
            if recording_id in self._recorded:
                return False
            self._taken = recording_id
            return True

    def wanted(self, recording_id: str) -> bool:
        """Whether the recorder waits for what the intake has in hand."""
        with self._changed:
            return recording_id in self._recorded

    def done(self) -> None:
        """The intake has nothing in hand."""
        with self._changed:
            self._taken = ""
            self._changed.notify_all()
