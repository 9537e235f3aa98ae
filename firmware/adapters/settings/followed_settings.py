"""The saved settings for whoever goes by them as they are now, and needs no restart for that."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from firmware.adapters.settings.followed_file import FollowedFile
from firmware.adapters.settings.replaced_file import state_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings


class FollowedSettings:
    """As ``FollowedFile``.

    Raises (from the constructor): SettingsError, NotSetUp, StorageError.
    """

    def __init__(self, settings_file: Path) -> None:
        read, state = partial(load_settings, SettingsFile(settings_file)), state_of(settings_file)
        self._followed = FollowedFile(settings_file, read, read(), of=state)

    def __call__(self) -> Settings:
        return self._followed()
