"""Charts as shapes, for the page (SVG) and for paper: what is where, without colours of their own. Pure.

Across, places are in percent of the chart's width, so that a chart is as wide as its reader's window with letters of
one size; down, in pixels of a height that the chart knows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: A kind of paint that the style sheet and the paper each have a colour for.
Tone = Literal["first", "second", "third", "rest"]

AXIS_PERCENT = 6.0
_PLOT_TOP = 14.0
_PLOT_HEIGHT = 150.0
_COLUMN_SHARE = 0.72
_MOST_LABELS = 16
_LABELS_ON_A_PHONE = 6
_ROW_HEIGHT = 38.0
_BAR_TOP = 20.0
_BAR_HEIGHT = 10.0


@dataclass(frozen=True)
class Series:
    """One of the things that are counted; ``tone`` paints it."""

    name: str
    tone: Tone


@dataclass(frozen=True)
class Shape:
    """A filled rectangle: ``x`` and ``width`` in percent, the others in pixels. ``words`` say what it stands for."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone
    words: str = ""


@dataclass(frozen=True)
class Label:
    """``minor``: left out where there is little room."""

    x: float
    y: float
    text: str
    minor: bool = False


@dataclass(frozen=True)
class Tick:
    y: float
    text: str


@dataclass(frozen=True)
class Column:
    """``label`` stands below it, ``full`` is what it is called in words; a value for each series."""

    label: str
    full: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class ColumnChart:
    """Columns side by side, the series on top of each other. ``told``: what it shows, in words."""

    title: str
    told: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]

    @property
    def height(self) -> float:
        return _PLOT_TOP + _PLOT_HEIGHT + 22

    @property
    def top(self) -> float:
        """The value at the top of the scale."""
        return _scale(max((sum(each.values) for each in self.columns), default=0.0))[-1]

    @property
    def ticks(self) -> tuple[Tick, ...]:
        found = _scale(max((sum(each.values) for each in self.columns), default=0.0))
        return tuple(Tick(_y(value, found[-1]), _number(value)) for value in found)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        top, slot = self.top, self._slot
        found: list[Shape] = []
        for place, column in enumerate(self.columns):
            x, below = AXIS_PERCENT + (place + (1 - _COLUMN_SHARE) / 2) * slot, 0.0
            for series, value in zip(self.series, column.values, strict=True):
                if value > 0:
                    height = value / top * _PLOT_HEIGHT
                    y = _y(below, top) - height
                    words = f"{column.full}: {_number(value)} {series.name.lower()}"
                    found.append(Shape(x, y, slot * _COLUMN_SHARE, height, series.tone, words))
                    below += value
        return tuple(found)

    @property
    def labels(self) -> tuple[Label, ...]:
        every = max(1, math.ceil(len(self.columns) / _MOST_LABELS))
        shown = range(0, len(self.columns), every)
        on_a_phone = max(1, math.ceil(len(shown) / _LABELS_ON_A_PHONE))
        y = _PLOT_TOP + _PLOT_HEIGHT + 16
        return tuple(
            Label(AXIS_PERCENT + (place + 0.5) * self._slot, y, self.columns[place].label, bool(number % on_a_phone))
            for number, place in enumerate(shown)
        )

    @property
    def _slot(self) -> float:
        return (100 - AXIS_PERCENT) / max(1, len(self.columns))


@dataclass(frozen=True)
class Bar:
    """``value`` of the chart's ``whole`` is drawn; ``shown`` is what stands beside it."""

    label: str
    value: float
    shown: str
    tone: Tone = "first"


@dataclass(frozen=True)
class BarChart:
    """Bars below each other, each under its name. ``whole``: what a bar of full width stands for; 0: the longest."""

    title: str
    told: str
    bars: tuple[Bar, ...]
    whole: float = 0.0

    @property
    def height(self) -> float:
        return _ROW_HEIGHT * len(self.bars)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        whole = self.whole or max((bar.value for bar in self.bars), default=0.0) or 1.0
        return tuple(
            Shape(
                0,
                place * _ROW_HEIGHT + _BAR_TOP,
                max(100 * bar.value / whole, 0.4 if bar.value else 0.0),
                _BAR_HEIGHT,
                bar.tone,
                f"{bar.label}: {bar.shown}",
            )
            for place, bar in enumerate(self.bars)
        )

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(0, place * _ROW_HEIGHT + 14, bar.label) for place, bar in enumerate(self.bars))

    @property
    def figures(self) -> tuple[Label, ...]:
        return tuple(Label(100, place * _ROW_HEIGHT + 14, bar.shown) for place, bar in enumerate(self.bars))


@dataclass(frozen=True)
class CurveChart:
    """A filled curve from ``points`` (time, value), the part after ``now`` only foreseen, below a ``limit``."""

    title: str
    told: str
    points: tuple[tuple[float, float], ...]
    now: float
    limit: float
    limit_words: str
    dates: tuple[tuple[float, str], ...] = ()

    @property
    def height(self) -> float:
        return _PLOT_TOP + _PLOT_HEIGHT + 22

    @property
    def ticks(self) -> tuple[Tick, ...]:
        return tuple(Tick(_y(value, self._top), _number(value)) for value in self._values)

    @property
    def limit_y(self) -> float:
        return _y(self.limit, self._top)

    @property
    def past(self) -> tuple[tuple[float, float], ...]:
        """Places (percent of the plot, pixels) of what was measured."""
        return self._places([each for each in self.points if each[0] <= self.now])

    @property
    def ahead(self) -> tuple[tuple[float, float], ...]:
        """Places of what is foreseen, from the last that was measured on."""
        measured = [each for each in self.points if each[0] <= self.now]
        return self._places([*measured[-1:], *(each for each in self.points if each[0] > self.now)])

    @property
    def labels(self) -> tuple[Label, ...]:
        y = _PLOT_TOP + _PLOT_HEIGHT + 16
        scale = (100 - AXIS_PERCENT) / 100
        return tuple(
            Label(AXIS_PERCENT + scale * self._x(at), y, words, bool(number % 2))
            for number, (at, words) in enumerate(self.dates)
        )

    @property
    def base_y(self) -> float:
        return _PLOT_TOP + _PLOT_HEIGHT

    def _places(self, points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
        return tuple((self._x(at), _y(value, self._top)) for at, value in points)

    def _x(self, at: float) -> float:
        first, last = self.points[0][0], self.points[-1][0]
        return 100 * (at - first) / (last - first) if last > first else 0.0

    @property
    def _top(self) -> float:
        return self._values[-1]

    @property
    def _values(self) -> tuple[float, ...]:
        return _scale(max(self.limit, *(value for _, value in self.points)))


Chart = ColumnChart | BarChart | CurveChart


def _scale(most: float) -> tuple[float, ...]:
    """From 0 to at least ``most`` in three to five even steps of 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return (0.0, 1.0)
    rough = most / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * (1 - 1e-9))
    if most >= 3:
        step = max(1.0, step)
    return tuple(step * number for number in range(math.ceil(most / step - 1e-9) + 1))


def _y(value: float, top: float) -> float:
    return _PLOT_TOP + _PLOT_HEIGHT * (1 - value / top)


def _number(value: float) -> str:
    """``1,200``; ``2.5`` where there is more than whole numbers."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if value >= 0.1 else f"{value:,.2f}"
