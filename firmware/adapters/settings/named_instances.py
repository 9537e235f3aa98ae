"""Which lines processes the saved settings ask for, for those who follow them and shall need no restart for that."""

from __future__ import annotations

import threading
from pathlib import Path

from firmware.adapters.settings.replaced_file import State, state_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.lines_instances import instances_named
from firmware.core.errors import EarmarkError
from firmware.core.lines_instance import LinesInstance


class NamedInstances:
    """Looks at the settings file when asked, and reads it again whenever it was replaced. Any thread.

    A file that cannot be read leaves what was known; before anything is known, that is the process of SIP lines.
    """

    def __init__(self, settings_file: Path) -> None:
        self._path = settings_file
        self._turn = threading.Lock()
        self._read: State | None = None
        self._known: tuple[LinesInstance, ...] = ("sip",)

    def __call__(self) -> tuple[LinesInstance, ...]:
        with self._turn:
            state = state_of(self._path)
            if state is not None and state != self._read:
                try:
                    self._known = instances_named(SettingsFile(self._path).read())
                    self._read = state
                except EarmarkError:
                    pass  # whoever changes the settings is told so
            return self._known
