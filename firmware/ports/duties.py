"""Where what people said of the office's duties is kept, and breaches. Every method raises StorageError when the
catalogue cannot be had.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol

from firmware.core.compliance.breach import Breach
from firmware.core.compliance.duty import Confirmation
from firmware.core.compliance.training import Lesson


class DutyStore(Protocol):
    def confirmations(self) -> Sequence[Confirmation]:
        """All that was ever said, the newest first."""
        ...

    def confirm(self, confirmation: Confirmation) -> None: ...

    def lessons_read(self) -> Mapping[str, Mapping[Lesson, date]]:
        """By person id: on which day each last read which page."""
        ...

    def read(self, lesson: Lesson, on: date, by_id: str, by: str, entered_at_ms: int) -> None: ...

    def breaches(self) -> Sequence[Breach]:
        """The newest first."""
        ...

    def breach(self, breach_id: str) -> Breach | None: ...

    def told_of_recording(self, since_ms: int, notices: Collection[str]) -> tuple[int, int]:
        """Of the incoming calls that began since then (Unix ms), were answered and recorded: how many there are, and of
        how many nothing says that the caller was told: no notice and none of the prompts ``notices`` that was played to
        its end, no word of staff, nobody else named.
        """
        ...

    def save(self, breach: Breach) -> None:
        """A new one, or what was changed of one."""
        ...
