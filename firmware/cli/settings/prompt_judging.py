"""What the clerk of settings finds out about prompts. It changes nothing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.home import Home

if TYPE_CHECKING:
    from firmware.cli.prompts.stock import OfficePrompts


class PromptJudge:
    """Over the prompts of one office, looked at anew for each question. Raises PromptError where it says no."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def listed(self) -> dict[str, Any]:
        """Every prompt; ``words``: what a shipped one says."""
        office = self._office()
        words = office.library.shipped_words()
        rows = office.rows()
        return {
            "prompts": [
                {**asdict(row), "words": words[row.id].text if row.whose == "shipped" and row.id in words else ""}
                for row in rows
            ]
        }

    def sound(self, prompt: str) -> dict[str, Any]:
        office = self._office()
        office.file_of(prompt)  # it is an id, and no way to another file
        return {"wav": b64encode(office.library.find(prompt).path.read_bytes()).decode("ascii")}

    def file(self, prompt: str, *, to_remove: bool) -> dict[str, Any]:
        """What its file is called, if it may be put there, or taken away; ``named``: the settings name it."""
        office = self._office()
        if to_remove:
            office.must_be_removable(prompt)
        return {"file": office.file_of(prompt), "named": prompt in self._settings().prompts}

    def _settings(self) -> Settings:
        return load_settings(SettingsFile(self._home.settings_file))

    def _office(self) -> OfficePrompts:
        from firmware.cli.prompts.stock import OfficePrompts  # half a second, and most questions are about others

        return OfficePrompts(self._home, SettingsFile(self._home.settings_file), self._settings())
