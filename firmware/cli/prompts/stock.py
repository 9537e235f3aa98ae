"""The office's prompts as commands see them: files, settings and evidence together."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.prompts.stock import PromptStock
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.at_the_box import who_is_at_the_box
from firmware.config.prompt_check import prompts_named
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError, PromptError
from firmware.core.home import Home


@dataclass(frozen=True)
class PromptRow:
    """One prompt in a list. ``lines`` are those that may play it; ``fault`` says why it cannot be played."""

    id: str
    duration_ms: int | None
    whose: str
    lines: list[str]
    use: str
    fault: str = ""

    @property
    def lasts(self) -> str:
        return "-" if self.duration_ms is None else f"{self.duration_ms / 1000:.1f} s"


class OfficePrompts:
    """What the office can play.

    Args:
        store: where the settings go when a prompt is added or removed.
        settings: those in effect.
    """

    def __init__(self, home: Home, store: SettingsFile, settings: Settings) -> None:
        self._home = home
        self._store = store
        self._settings = settings

    @property
    def _stock(self) -> PromptStock:
        return PromptStock(self._home.prompts, self._settings.prompts)

    @property
    def library(self) -> PromptLibrary:
        """As the lines will see it at their next start."""
        return PromptLibrary(self._home.prompts, self._settings.prompts)

    def rows(self) -> list[PromptRow]:
        """Every prompt, by id."""
        library, words = self.library, self.library.shipped_words()
        players = self._players()
        rows = []
        for prompt in sorted({*library.shipped(), *self._own(), *players}):
            use = words[prompt].use if prompt in words else ""
            try:
                duration_ms, fault = library.find(prompt).duration_ms, ""
            except PromptError as error:
                duration_ms, fault = None, error.what
            rows.append(PromptRow(prompt, duration_ms, self._whose(prompt), players.get(prompt, []), use, fault))
        return rows

    def info(self, prompt: str) -> Mapping[str, Any]:
        """Everything about one prompt.

        Raises:
            PromptError: there is none, or it cannot be played.
        """
        from firmware.adapters.prompts.any_format import loudness_lufs, read_any_format

        found = self.library.find(prompt)
        words = self.library.shipped_words().get(prompt)
        content = found.path.read_bytes()
        with found.path.open("rb") as file:
            loudness = loudness_lufs(read_any_format(file))
        whose = self._whose(prompt)
        return {
            "id": prompt,
            "file": str(found.path),
            "whose": whose,
            "played_by": self._players().get(prompt, []),
            "duration_s": round(found.duration_ms / 1000, 2),
            "sample_rate_hz": found.sample_rate_hz,
            "level_dbm0": round(found.level_dbm0, 1),
            "loudness_lufs": None if loudness is None else round(loudness, 1),
            "sha256": hashlib.sha256(content).hexdigest(),
            "use": words.use if words else "",
            "words": words.text if words and whose == "shipped" else "",
        }

    def refuse_to_overwrite(self, prompt: str, replace: bool) -> None:
        """Raises PromptError when it is no id, or when the office has that prompt and did not say to replace it."""
        path = self._stock.path_of(prompt)
        if not replace and prompt in self._own():
            raise PromptError(
                f"The office has a prompt {prompt} already: {path}.", "Say --replace, or take another id."
            )

    def keep(self, prompt: str, samples: array[int]) -> Path:
        """Put sound into the stock, enter it in the settings, and its digest in the evidence log.

        Raises:
            PromptError: it cannot be heard.
            StorageError: it cannot be written.
        """
        path = self._stock.keep(prompt, samples)
        self._name({**self._settings.prompts, prompt: path.name})
        self._enter("prompt-kept", prompt, hashlib.sha256(path.read_bytes()).hexdigest())
        return path

    def file_of(self, prompt: str) -> str:
        """What its file is called in the office's folder. Raises PromptError: it is no id."""
        return self._stock.path_of(prompt).name

    def must_be_removable(self, prompt: str) -> None:
        """Raises PromptError: it is none of the office's own, or a line would be left without its prompt."""
        if prompt not in self._own():
            shipped = prompt in self.library.shipped()
            raise PromptError(
                f"{prompt} came with the box and stays." if shipped else f"There is no prompt {prompt}.",
                "earmark prompts list shows which are the office's own.",
            )
        players = self._players().get(prompt, [])
        if players and prompt not in self.library.shipped():
            raise PromptError(
                f"{prompt} is what line {', '.join(players)} plays.", "Name another prompt in the settings first."
            )

    def remove(self, prompt: str) -> None:
        """Take one of the office's own prompts away.

        Raises:
            PromptError: as ``must_be_removable``.
            StorageError: it cannot be removed.
        """
        self.must_be_removable(prompt)
        stock = self._stock
        # The settings first: a prompt that they name must be there.
        self._name({each: file for each, file in self._settings.prompts.items() if each != prompt})
        stock.remove(prompt)
        self._enter("prompt-removed", prompt)

    def in_effect(self, prompt: str) -> bool:
        """Have running lines play what the stock holds now, from the next time on. False: none run, or they cannot."""
        try:
            ControlClient(self._home.lines_socket).post(path_of("prompts", prompt, "renew"))
        except EarmarkError:
            return False
        return True

    def _own(self) -> set[str]:
        return set(self._stock.own())

    def _whose(self, prompt: str) -> str:
        if prompt not in self._own():
            return "shipped" if prompt in self.library.shipped() else "missing"
        return "own, instead of the shipped" if prompt in self.library.shipped() else "own"

    def _players(self) -> dict[str, list[str]]:
        players: dict[str, list[str]] = {}
        for path, prompt in prompts_named(self._settings):
            line = self._settings.lines[int(path[1])].name
            if line not in players.setdefault(prompt, []):
                players[prompt].append(line)
        return players

    def _name(self, prompts: dict[str, str]) -> None:
        if prompts != self._settings.prompts:
            self._settings = self._settings.model_copy(update={"prompts": prompts})
            self._store.replace(self._settings.to_document())

    def _enter(self, kind: str, prompt: str, digest: str = "") -> None:
        """What callers were told on which day can be shown later. The stock itself must not wait for the data disk."""
        from firmware.cli.evidence import evidence_desk

        try:
            with evidence_desk(self._home) as desk:
                desk.enter(kind, {"sha256": digest} if digest else {}, {"name": who_is_at_the_box(), "prompt": prompt})
        except EarmarkError as error:
            click.echo(f"The change could not be entered in the evidence log: {error}", err=True)
