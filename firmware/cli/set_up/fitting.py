"""Fitting the lines of a box that is no office yet: settings that are drafted, and lines that are tried by them.

The draft lies where only root reads. What is tried is a copy of it in which every call is metered.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from typing import Any

from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.network import place_found
from firmware.adapters.settings.set_up_book_file import SetUpBookFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.kernel_clock import KernelClock
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.set_up.trial_runner import TrialRunner, trial_of
from firmware.cli.settings.clerk_desk import SettingsClerk
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.core.set_up_book import Said, SetUpBook, Word, read_note

_INSTALLER = "the installer"


class LineFitting:
    """The ``Fitting`` of the page. Any thread."""

    def __init__(self, home: Home, trial: TrialRunner) -> None:
        self._home, self._draft = home, _draft_of(home)
        self._trial = trial
        self._clerk = SettingsClerk(self._draft)
        self._turn = threading.Lock()
        for folder in (self._draft.state, self._draft.prompts, self._draft.box_secret.parent):
            make_private_folder(folder)
        self._settings, self._book = SettingsFile(self._draft.settings_file), SetUpBookFile(self._draft.set_up_book)
        if not self._draft.settings_file.exists():
            self._settings.replace(Settings().to_document())

    # -- settings ---------------------------------------------------------------------------------------------------

    def ask_clerk(self, act: str, **what: Any) -> Mapping[str, Any]:
        """As the clerk of settings answers. Raises what that does."""
        return self._clerk.ask(act, **what)

    def keep(self, document: Mapping[str, Any]) -> None:
        """A document that the clerk has judged."""
        self._settings.replace(document)
        if self._trial.runs:
            self._trial.begin(self.settings())  # what is tried is what was drafted

    def settings(self) -> Settings:
        """For the office that is made."""
        return load_settings(self._settings)

    # -- what is found ----------------------------------------------------------------------------------------------

    def found(self) -> Mapping[str, Any]:
        clock = KernelClock().quality()
        return {
            "addresses": place_found.addresses(),
            "gateways": place_found.gateways(),
            "hardware": place_found.hardware_addresses(),
            "clock": clock.source,
            "sound": place_found.sound_cards(),
            "serial": place_found.serial_ports(),
        }

    # -- the trial --------------------------------------------------------------------------------------------------

    def begin_trial(self) -> None:
        """Raises MissingComponent, ServiceAway: it cannot be begun."""
        self._trial.begin(self.settings())

    def end_trial(self) -> None:
        self._trial.end()

    def tried(self) -> Mapping[str, Any]:
        """{runs, lines, calls, ears, ended}: what the lines and the meter say now."""
        return {"runs": self._trial.runs, **self._trial.look()}

    # -- what the installer says --------------------------------------------------------------------------------------

    def book(self) -> SetUpBook:
        return self._book.read()

    def say(self, what: str, note: str, about: str) -> None:
        """Raises SettingsError: the note says nothing."""
        word = Word(SystemClock().wall_ms(), _INSTALLER, read_note(note), about)
        with self._turn:
            self._book.keep(self._book.read().with_word(Said(what), word))

    def forget(self) -> None:
        """There is an office: the draft is needed no more."""
        self._trial.end()
        forget_draft(self._home)


def forget_draft(home: Home) -> None:
    """What was drafted, and a copy that was tried: passwords of trunks are in both."""
    for folder in (_draft_of(home).root, trial_of(home).root):
        shutil.rmtree(folder, ignore_errors=True)


def _draft_of(home: Home) -> Home:
    return Home(home.root / "first-start" / "draft")
