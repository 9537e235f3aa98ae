"""Reads ``hw/pins.toml``: which pin does what."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from firmware.core.errors import SettingsError

# The box's own, a clone's, an installed package's: the first that is there counts.
PLACES = (
    Path("/etc/earmark/pins.toml"),
    Path(__file__).resolve().parents[3] / "hw" / "pins.toml",
    Path("/usr/share/earmark/hw/pins.toml"),
)


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class ButtonPin(_Table):
    """A momentary button. ``pin`` is a BCM number."""

    pin: int = Field(ge=0, le=27)
    pull_up: bool = True
    bounce_ms: int = Field(default=20, ge=0, le=500)


class LightPins(_Table):
    """A light of three colours. ``active_high``: common cathode."""

    red: int = Field(ge=0, le=27)
    green: int = Field(ge=0, le=27)
    blue: int = Field(ge=0, le=27)
    active_high: bool = True


class LineLight(_Table):
    """The light of one line, by the line's name in the settings: of one colour, in the main light's rhythms."""

    line: str = Field(min_length=1)
    pin: int = Field(ge=0, le=27)
    active_high: bool = True


class PanelPins(_Table):
    """The whole front panel.

    Raises:
        ValueError: a pin or a line is named twice.
    """

    button: ButtonPin
    light: LightPins
    line_light: list[LineLight] = []

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        light, of_lines = self.light, self.line_light
        pins = [self.button.pin, light.red, light.green, light.blue, *(each.pin for each in of_lines)]
        for what, named in (("pin", pins), ("line", [each.line for each in of_lines])):
            twice = [str(each) for each, times in Counter(named).items() if times > 1]
            if twice:
                raise ValueError(f"{what} {twice[0]} is named twice")
        return self


def read_pins(path: Path | None = None) -> PanelPins:
    """The pin map in ``path``, or in the first of ``PLACES`` that exists.

    Raises:
        SettingsError: there is no such file, or it is not right; names the file and the key.
    """
    found = path or next((place for place in PLACES if place.is_file()), PLACES[0])
    remedy = "The map of the reference panel is hw/pins.toml in the source."
    try:
        return PanelPins.model_validate(tomllib.loads(found.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"The pin map {found} cannot be read: {error.strerror}.", remedy) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The pin map {found} is not TOML: {error}.", remedy) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        where = f" at {key}" if key else ""
        raise SettingsError(f"The pin map {found} is not right{where}: {first['msg']}.", remedy) from error
