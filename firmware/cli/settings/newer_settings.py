"""Says on the health page that a process still works by the settings it started with, when others were saved since."""

from __future__ import annotations

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.settings.restart_advice import processes_to_restart
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.errors import NotSetUp, SettingsError, StorageError


class NewerSettings:
    """Looks at the file whenever it is asked. Not for a thread that may not wait for a disk.

    Args:
        process: whose settings these are, as ``processes_to_restart`` names it.
        in_effect: what it started with.
    """

    def __init__(self, store: SettingsFile, process: str, in_effect: Settings) -> None:
        self._store = store
        self._process = process
        self._in_effect = in_effect

    def worries(self) -> list[str]:
        """A sentence where the saved settings would change what the process does; none where they would not."""
        try:
            saved = load_settings(self._store)
        except (SettingsError, NotSetUp, StorageError):
            return []  # whoever changes them is told so
        # A prompt that is added or changed is played from then on, without a restart.
        comparable = saved.model_copy(update={"prompts": self._in_effect.prompts})
        if self._process not in processes_to_restart(self._in_effect, comparable):
            return []
        return [f"Settings were changed and are not in effect yet: restart earmark {self._process}."]
