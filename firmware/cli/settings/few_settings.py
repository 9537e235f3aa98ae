"""The few settings that a process needs, without all that checks settings: 10 MB that it would keep for months."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.short_lived_copy import found_by_a_copy
from firmware.core.home import Home

if TYPE_CHECKING:
    from firmware.config.settings_model import Settings

_Few = TypeVar("_Few")


def few_settings(home: Home, chosen: Callable[[Settings], _Few]) -> _Few:
    """What ``chosen`` takes of the settings: plain values. Only while the process has one thread.

    Raises:
        NotSetUp, StorageError, SettingsError: as ``load_settings``.
    """
    return found_by_a_copy(partial(_checked, home, chosen))


def _checked(home: Home, chosen: Callable[[Settings], _Few]) -> _Few:
    from firmware.config.loader import load_settings  # only in the copy

    return chosen(load_settings(SettingsFile(home.settings_file)))
