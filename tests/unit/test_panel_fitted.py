"""A box that is a Raspberry Pi uses its panel from the first day; another one has none unless it is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.cli.panel.fitted import with_its_panel
from firmware.config.settings_model import PanelSettings, Settings


@pytest.mark.parametrize(
    ("model", "before", "after"),
    [
        ("Raspberry Pi 4 Model B Rev 1.4\0", "none", "gpio"),
        ("Raspberry Pi 5 Model B Rev 1.0\0", "simulated", "simulated"),
        ("Some other board\0", "none", "none"),
        (None, "none", "none"),
    ],
)
def test_the_panel_is_that_of_the_machine(tmp_path: Path, model: str | None, before: str, after: str) -> None:
    told = tmp_path / "model"
    if model is not None:
        told.write_text(model)
    settings = Settings.model_validate({"panel": {"kind": before, "button": "line"}})
    assert with_its_panel(settings, told).panel == PanelSettings.model_validate({"kind": after, "button": "line"})
