"""Which pin of the front panel does what, as its program uses it: without what checks a pin map (``pins``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from annotated_types import Interval, MinLen

BcmNumber = Annotated[int, Interval(ge=0, le=27)]


class _Table:
    #: For pydantic: no conversions, and no key that nobody knows.
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"strict": True, "extra": "forbid"}


@dataclass(frozen=True)
class ButtonPin(_Table):
    """A momentary button."""

    pin: BcmNumber
    pull_up: bool = True
    bounce_ms: Annotated[int, Interval(ge=0, le=500)] = 20


@dataclass(frozen=True)
class LightPins(_Table):
    """A light of three colours. ``active_high``: common cathode."""

    red: BcmNumber
    green: BcmNumber
    blue: BcmNumber
    active_high: bool = True


@dataclass(frozen=True)
class LineLight(_Table):
    """The light of one line, by the line's name in the settings: of one colour, in the main light's rhythms."""

    line: Annotated[str, MinLen(1)]
    pin: BcmNumber
    active_high: bool = True


@dataclass(frozen=True)
class PanelPins(_Table):
    """The whole front panel.

    Raises:
        ValueError: a pin or a line is named twice.
    """

    button: ButtonPin
    light: LightPins
    line_light: list[LineLight] = field(default_factory=list)

    def __post_init__(self) -> None:
        light, of_lines = self.light, self.line_light
        pins = [self.button.pin, light.red, light.green, light.blue, *(each.pin for each in of_lines)]
        for what, named in (("pin", pins), ("line", [each.line for each in of_lines])):
            twice = [str(each) for each, times in Counter(named).items() if times > 1]
            if twice:
                raise ValueError(f"{what} {twice[0]} is named twice")
