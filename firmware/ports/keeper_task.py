"""What the keeper does again and again: one object for each duty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class KeeperTask(Protocol):
    """One duty. The keeper gives each a thread of its own: a task may take hours and holds up no other.

    The process may end at any instruction: whatever ``run`` does must be such that doing it again from the start is
    right.
    """

    @property
    def name(self) -> str:
        """In words fit to show a person: ``retention sweep``. Each task has its own."""
        ...

    @property
    def every_s(self) -> float:
        """How long after one run the next begins. One that failed is tried again after a minute, or sooner."""
        ...

    @property
    def attention(self) -> Sequence[str]:
        """What a person should know and do, as it stands after the last run: one sentence each. Any thread."""
        ...

    def run(self, now_ms: int) -> None:
        """Do it. ``now_ms`` is Unix time by the wall clock, in milliseconds.

        Raises:
            EarmarkError: it could not be done; logged, shown to people and tried again.
        """
        ...
