"""What writes and starts the box's two system slots, and what keeps the notes about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from firmware.core.system_update import Bundle, RunningSystem, SlotFacts, SlotName, SystemUpdate

#: Given per cent, 0 to 100.
Progress = Callable[[int], None]


class SystemSlots(Protocol):
    """All raise UpdateRefused when it cannot be done, and MissingComponent where this machine is no box."""

    def system(self) -> RunningSystem: ...

    def look_into(self, bundle: Path) -> Bundle:
        """What the file says it is. Raises UpdateRefused: nobody who may has signed it, or it is damaged."""
        ...

    def write(self, bundle: Path, progress: Progress) -> None:
        """Write it to the slot that does not run, which is started next. May take minutes."""
        ...

    def start_next(self, slot: SlotName) -> None: ...

    def call_good(self) -> None:
        """The slot that runs."""
        ...

    def call_bad(self) -> None:
        """The slot that runs: it is not started again."""
        ...

    def restart(self) -> None:
        """The whole box. Returns before it happens."""
        ...


class UpdateNotes(Protocol):
    """On the state partition, which both slots' systems share. Raise StorageError."""

    def update(self) -> SystemUpdate | None: ...

    def keep(self, update: SystemUpdate) -> None: ...

    def facts(self, slot: SlotName) -> SlotFacts | None: ...

    def keep_facts(self, slot: SlotName, facts: SlotFacts | None) -> None: ...

    def untold(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Evidence entries, kind and detail, that no recorder has taken yet."""
        ...

    def keep_untold(self, entries: list[tuple[str, Mapping[str, Any]]]) -> None: ...
