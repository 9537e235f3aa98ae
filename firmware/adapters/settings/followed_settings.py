"""The saved settings for whoever goes by them as they are now, and needs no restart for that."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from firmware.adapters.settings.replaced_file import state_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError


class FollowedSettings:
    """Looks at the file when asked, and reads it again whenever it was replaced. Any thread.

    Settings that cannot be read leave those that were known; whoever changes them is told what is wrong.

    Raises (from the constructor): SettingsError, NotSetUp, StorageError.
    """

    def __init__(self, settings_file: Path) -> None:
        self._path = settings_file
        self._turn = threading.Lock()
        self._read = state_of(self._path)
        self._known = load_settings(SettingsFile(settings_file))

    def __call__(self) -> Settings:
        with self._turn:
            state = state_of(self._path)
            if state is not None and state != self._read:
                self._read = state
                with suppress(EarmarkError):
                    self._known = load_settings(SettingsFile(self._path))
            return self._known
