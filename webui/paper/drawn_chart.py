"""Charts on paper: their shapes as vectors, tagged with what they say, and their letters."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from webui.chart import AXIS_PERCENT, BarChart, Chart, ColumnChart, CurveChart, Shape, Tone

if TYPE_CHECKING:
    from fpdf import FPDF

_COLOURS: dict[Tone, str] = {"first": "#0f7480", "second": "#a8620a", "third": "#a02020", "rest": "#a9b4b5"}
_MM_A_PIXEL = 0.32
_RULE = "#cfd6d7"
_INK, _SOFT = (27, 37, 38), (86, 99, 101)
_LETTERS_PT = 7.5
_LEGEND_MM = 5.5


def chart_height_mm(chart: Chart) -> float:
    """How much room it takes on the page."""
    return chart.height * _MM_A_PIXEL + (_LEGEND_MM if _legend(chart) else 0.0)


def draw_chart(page: FPDF, family: str, chart: Chart) -> None:
    """At the place that the page has come to, as wide as its text."""
    with page.local_context():
        _draw_legend(page, family, chart)
    left, top, width = page.l_margin, page.get_y(), page.epw
    height = chart.height * _MM_A_PIXEL
    shapes = io.BytesIO(_svg(chart, width, height).encode())
    page.image(shapes, left, top, width, height, title=chart.title, alt_text=chart.told)
    page.set_font(family, "", _LETTERS_PT)
    for across, down, words, align in _letters(chart):
        x, y = left + across / 100 * width, top + down * _MM_A_PIXEL
        taken = page.get_string_width(words)
        shift = {"left": 0.0, "middle": taken / 2, "right": taken}[align]
        page.set_text_color(*(_INK if align == "left" else _SOFT))
        page.text(min(max(x - shift, left), left + width - taken), y, words)
    page.set_y(top + height)


def _legend(chart: Chart) -> list[tuple[str, Tone]]:
    if isinstance(chart, ColumnChart) and len(chart.series) > 1:
        return [(each.name, each.tone) for each in chart.series]
    return []


def _draw_legend(page: FPDF, family: str, chart: Chart) -> None:
    page.set_font(family, "", _LETTERS_PT)
    page.set_text_color(*_SOFT)
    x, y = page.l_margin, page.get_y()
    for name, tone in _legend(chart):
        page.set_fill_color(_COLOURS[tone])
        page.rect(x, y + 0.6, 2.6, 2.6, style="F")
        page.text(x + 3.8, y + 2.9, name)
        x += page.get_string_width(name) + 9.0
    if _legend(chart):
        page.set_y(y + _LEGEND_MM)


def _letters(chart: Chart) -> list[tuple[float, float, str, str]]:
    """Percent across, pixels down, words, and where the words stand from there."""
    if isinstance(chart, BarChart):
        named = [(each.x, each.y, each.text, "left") for each in chart.labels]
        return named + [(each.x, each.y, each.text, "right") for each in chart.figures]
    ticks = [(5.2, each.y + 3, each.text, "right") for each in chart.ticks]
    below = [(each.x, each.y, each.text, "middle") for each in chart.labels]
    limit = [(7.0, chart.limit_y - 4, chart.limit_words, "left")] if isinstance(chart, CurveChart) else []
    return ticks + below + limit


def _svg(chart: Chart, width: float, height: float) -> str:
    """Millimetres as user units: what the library draws is as large as it is told."""
    if isinstance(chart, CurveChart):
        parts = [*_ticks(chart, width), *_curve(chart, width)]
    elif isinstance(chart, ColumnChart):
        parts = [*_ticks(chart, width), *(_rectangle(each, width) for each in chart.shapes)]
    else:
        parts = [_rectangle(each, width) for each in chart.shapes]
    size = f'width="{width:.2f}" height="{height:.2f}" viewBox="0 0 {width:.2f} {height:.2f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def _rectangle(each: Shape, width: float) -> str:
    x, across = each.x / 100 * width, each.width / 100 * width
    y, down = each.y * _MM_A_PIXEL, each.height * _MM_A_PIXEL
    place = f'x="{x:.2f}" y="{y:.2f}" width="{across:.2f}" height="{down:.2f}"'
    return f'<rect {place} fill="{_COLOURS[each.tone]}"/>'


def _ticks(chart: ColumnChart | CurveChart, width: float) -> list[str]:
    return [_line(_plot_x(0) * width, width, each.y * _MM_A_PIXEL, _RULE) for each in chart.ticks]


def _curve(chart: CurveChart, width: float) -> list[str]:
    def path(points: tuple[tuple[float, float], ...]) -> str:
        places = [f"{_plot_x(x) * width:.2f} {y * _MM_A_PIXEL:.2f}" for x, y in points]
        return "M" + " L".join(places)

    drawn = [_line(_plot_x(0) * width, width, chart.limit_y * _MM_A_PIXEL, "#a02020")]
    for points, more in ((chart.past, ""), (chart.ahead, ' stroke-dasharray="1.6 1.2"')):
        if len(points) > 1:
            stroke = f'stroke="{_COLOURS["first"]}" stroke-width="0.5" fill="none"{more}'
            drawn.append(f'<path d="{path(points)}" {stroke}/>')
    return drawn


def _plot_x(percent: float) -> float:
    """Of the chart's width, as a part of one."""
    return (AXIS_PERCENT + (100 - AXIS_PERCENT) * percent / 100) / 100


def _line(x1: float, x2: float, y: float, colour: str) -> str:
    return f'<line x1="{x1:.2f}" x2="{x2:.2f}" y1="{y:.2f}" y2="{y:.2f}" stroke="{colour}" stroke-width="0.15"/>'
