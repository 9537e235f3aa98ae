"""The stock of notices as a line sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class PlayablePrompt:
    """A notice ready to be played at once: a file that stays readable without touching a disk."""

    prompt: str
    path: Path
    duration_ms: int


class PromptPlayer(Protocol):
    """Finds notices. Looked up while a caller waits, so it must not read a disk."""

    def prompt(self, prompt: str) -> PlayablePrompt:
        """The notice of that id.

        Raises:
            PromptError: there is none, or it cannot be played.
        """

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the stock, in words for a person; empty when all is well."""
