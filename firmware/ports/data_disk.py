"""Whether the disk that holds recordings, catalogue and evidence is there. It may be locked, or missing."""

from __future__ import annotations

from typing import Protocol


class DataDisk(Protocol):
    def look(self) -> str:
        """Why the data disk cannot be used now, as a sentence; empty when it can. Any thread."""
        ...
