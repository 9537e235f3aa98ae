"""Notices held in memory files: the media clock's thread, which reads them, must never wait for a disk."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from firmware.adapters.prompts.library import PromptLibrary
from firmware.core.errors import PromptError
from firmware.ports.prompt_player import PlayablePrompt

_LOG = logging.getLogger(__name__)


class PromptsInMemory:
    """The prompts that lines play, read and checked once at start.

    One that cannot be played does not keep a line from carrying calls: it is told as a fault, and calls that need it as
    their notice go through unannounced and therefore unrecorded.
    """

    def __init__(self, library: PromptLibrary, prompts: Iterable[str]) -> None:
        self._library = library
        self._prompts: dict[str, PlayablePrompt] = {}
        self._errors: dict[str, PromptError] = {}
        self._descriptors: dict[str, list[int]] = {}
        for prompt in sorted(set(prompts) - {""}):
            try:
                self.renew(prompt)
            except PromptError as error:
                _LOG.error("%s Until that is put right nobody hears it, and no call is recorded with it.", error)
                self._errors[prompt] = error

    def renew(self, prompt: str) -> None:
        """Read a prompt that is new, or has changed; who hears the older one hears it to its end. Any thread.

        Raises:
            PromptError: there is none, or it cannot be played; what was known of it stays.
        """
        found = self._library.find(prompt)
        path = self._keep(prompt, found.path.read_bytes())
        self._prompts[prompt] = PlayablePrompt(prompt, path, found.duration_ms)
        self._errors.pop(prompt, None)

    def prompt(self, prompt: str) -> PlayablePrompt:
        """The notice of that id.

        Raises:
            PromptError: there is none, or it cannot be played.
        """
        error, found = self._errors.get(prompt), self._prompts.get(prompt)
        if error is not None:
            raise error
        if found is None:
            raise PromptError(f"The notice {prompt} is not in the stock.", "Restart the lines after adding a notice.")
        return found

    def faults(self) -> tuple[str, ...]:
        return tuple(str(error) for error in self._errors.values())

    def close(self) -> None:
        for descriptor in chain.from_iterable(self._descriptors.values()):
            os.close(descriptor)
        self._descriptors.clear()

    def _keep(self, prompt: str, content: bytes) -> Path:
        descriptor = os.memfd_create(f"earmark-prompt-{prompt}", os.MFD_CLOEXEC)
        kept = self._descriptors.setdefault(prompt, [])
        kept.append(descriptor)
        # A player has the file open for itself; one that is just being made may still be looking for the older.
        if len(kept) > 2:
            os.close(kept.pop(0))
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        return Path(f"/proc/self/fd/{descriptor}")
