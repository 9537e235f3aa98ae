"""Reads ``hw/pins.toml``: which pin does what."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from firmware.adapters.panel.panel_pins import PanelPins
from firmware.core.errors import SettingsError

# The box's own, a clone's, an installed package's: the first that is there counts.
PLACES = (
    Path("/etc/earmark/pins.toml"),
    Path(__file__).resolve().parents[3] / "hw" / "pins.toml",
    Path("/usr/share/earmark/hw/pins.toml"),
)
_CHECKED = TypeAdapter(PanelPins)


def read_pins(path: Path | None = None) -> PanelPins:
    """The pin map in ``path``, or in the first of ``PLACES`` that exists.

    Raises:
        SettingsError: there is no such file, or it is not right; names the file and the key.
    """
    found = path or next((place for place in PLACES if place.is_file()), PLACES[0])
    remedy = "The map of the reference panel is hw/pins.toml in the source."
    try:
        pins = tomllib.loads(found.read_text(encoding="utf-8"))
        return _CHECKED.validate_json(json.dumps(pins, default=str))
    except OSError as error:
        raise SettingsError(f"The pin map {found} cannot be read: {error.strerror}.", remedy) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The pin map {found} is not TOML: {error}.", remedy) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        where = f" at {key}" if key else ""
        raise SettingsError(f"The pin map {found} is not right{where}: {first['msg']}.", remedy) from error
