"""The settings and pins that the front panel goes by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firmware.adapters.panel.panel_pins import PanelPins
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.short_lived_copy import found_by_a_copy
from firmware.core.errors import SettingsError
from firmware.core.home import Home
from firmware.core.panel_press import PressedFor


@dataclass(frozen=True)
class PanelNeeds:
    """``simulated``: drawn in the terminal, or behind nobody's eyes, as in a clone."""

    simulated: bool
    button: PressedFor
    pins: PanelPins


def panel_needs(home: Home, simulated: bool, pin_map: Path | None) -> PanelNeeds:
    """Only while the process has one thread.

    Args:
        simulated: whatever the settings say, and before there are any.
        pin_map: another than the shipped one.

    Raises:
        NotSetUp, StorageError, SettingsError: as ``load_settings`` and ``read_pins``; or there is no panel.
    """
    return found_by_a_copy(partial(_checked, home, simulated, pin_map))


def _checked(home: Home, simulated: bool, pin_map: Path | None) -> PanelNeeds:
    # Only in the copy: what checks settings and pin maps is a third of what a panel would take.
    from firmware.adapters.panel.pins import read_pins
    from firmware.config.loader import load_settings
    from firmware.config.settings_model import PanelSettings

    known = home.settings_file.exists() or not simulated
    panel = load_settings(SettingsFile(home.settings_file)).panel if known else PanelSettings(kind="simulated")
    if panel.kind == "none" and not simulated:
        raise SettingsError("The settings say that this box has no front panel.", "Set panel.kind, or use --simulated.")
    return PanelNeeds(simulated or panel.kind == "simulated", panel.button, read_pins(pin_map))
