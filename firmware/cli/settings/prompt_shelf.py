"""Putting a prompt that was sent among the office's own, and having running lines play it."""

from __future__ import annotations

from contextlib import suppress

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.errors import EarmarkError
from firmware.core.home import Home


class OwnPrompts:
    """The folder of the office's own prompts. Whoever uses this may write there: root on the box."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def take(self, prompt: str, file: str) -> None:
        """Put what waits at ``home.new_prompt`` there. Raises PromptError, StorageError."""
        # Only now: hardly ever asked for.
        from firmware.adapters.prompts.prompt_files import put_prompt

        put_prompt(self._home.prompts, file, self._home.new_prompt)
        self._renew(prompt)

    def remove(self, prompt: str, file: str) -> None:
        """Raises PromptError, StorageError."""
        from firmware.adapters.prompts.prompt_files import remove_prompt  # likewise

        remove_prompt(self._home.prompts, file)
        self._renew(prompt)

    def _renew(self, prompt: str) -> None:
        """Lines that do not run know it when they start."""
        with suppress(EarmarkError):
            ControlClient(self._home.lines_socket).post(path_of("prompts", prompt, "renew"))
