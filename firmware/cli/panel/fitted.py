"""Whether a new office's box has a front panel: a Raspberry Pi has the pins for it, a PC has none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from firmware.config.settings_model import PanelSettings, Settings

_MODEL = Path("/proc/device-tree/model")


def with_its_panel(settings: Settings, model: Path = _MODEL) -> Settings:
    """The settings, with the panel of this machine where they say nothing of one.

    A Pi on which nothing is connected to the pins shows its lights to nobody, and that is all.
    """
    if settings.panel.kind == "none":
        with suppress(FileNotFoundError):
            if model.read_text(errors="replace").startswith("Raspberry Pi"):
                return settings.model_copy(update={"panel": PanelSettings(kind="gpio", button=settings.panel.button)})
    return settings
