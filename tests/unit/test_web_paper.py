"""What is printed and what goes into spreadsheets: charts as large as their figures, cells that are no formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.chart import AXIS_PERCENT, Bar, BarChart, Column, ColumnChart, CurveChart, Series
from webui.paper.printed import Paper
from webui.spreadsheet import spreadsheet

SERIES = (Series("Recorded", "first"), Series("Not recorded", "rest"))
MADE_AT = datetime(2026, 11, 22, 18, tzinfo=UTC)


def chart_of(values: list[tuple[int, int]]) -> ColumnChart:
    columns = tuple(Column(str(n), f"day {n}", pair) for n, pair in enumerate(values))
    return ColumnChart("Calls a day", "As many as there were.", SERIES, columns)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=60))
def test_columns_are_as_high_as_their_values_and_stay_within_the_chart(values: list[tuple[int, int]]) -> None:
    chart = chart_of(values)
    assert chart.top >= max(sum(pair) for pair in values)
    assert 2 <= len(chart.ticks) <= 7
    drawn = sum(shape.height for shape in chart.shapes)
    whole = chart.ticks[0].y - chart.ticks[-1].y
    assert drawn == pytest.approx(sum(map(sum, values)) / chart.top * whole, abs=0.01)
    assert all(shape.x >= AXIS_PERCENT and shape.x + shape.width <= 100.001 for shape in chart.shapes)
    assert all(chart.ticks[-1].y - 0.01 <= shape.y for shape in chart.shapes)
    assert len([each for each in chart.labels if not each.minor]) <= 7


def test_a_bar_is_as_long_as_its_share_and_never_too_short_to_be_seen() -> None:
    chart = BarChart("Shares", "", (Bar("paused", 25, "25%"), Bar("opted out", 0.01, "one"), Bar("none", 0, "0")), 100)
    assert [shape.width for shape in chart.shapes] == [25, 0.4, 0]


def test_a_curve_goes_on_from_what_was_measured_to_what_is_foreseen() -> None:
    chart = CurveChart("Disk", "", ((0, 10), (1, 20), (2, 40)), 1, 100, "the disk")
    assert chart.past[-1] == chart.ahead[0]
    assert chart.ahead[0] == pytest.approx((50, chart.base_y - 0.2 * (chart.base_y - chart.limit_y)))
    assert chart.ahead[-1][0] == 100


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=4))
def test_no_cell_of_a_table_is_a_formula_for_a_spreadsheet(cells: list[str]) -> None:
    text = spreadsheet([f"column {n}" for n in range(len(cells))], [cells]).decode("utf-8-sig")
    _, *rest = list(csv.reader(io.StringIO(text, newline="")))
    (read,) = rest
    for cell, found in zip(cells, read, strict=True):
        assert found in (cell, f"'{cell}")
        begins = found.lstrip(" ")[:1]
        assert begins not in ("=", "@", "-", "\t", "\r", "\n", "＝", "＋", "－", "＠")
        assert begins != "+" or found[1:].replace(" ", "").isdigit()


def test_numbers_stay_numbers_and_a_semicolon_parts_no_cell() -> None:
    assert spreadsheet(["What", "Calls"], [["a;=1+1", 3], ["+44 20", 1.5]]).decode("utf-8-sig").splitlines() == [
        '"What","Calls"',
        '"a;=1+1",3',
        '"+44 20",1.5',
    ]


def test_a_printed_document_says_its_title_and_language_and_what_its_charts_show() -> None:
    paper = Paper("Calls of a week", "Office of Łódź", MADE_AT)
    paper.heading("By day", 2)
    paper.chart(chart_of([(3, 1), (0, 0), (2, 2)]))
    paper.table(("Day", "Calls"), [(f"day {n}", str(n)) for n in range(80)], figures=(1,))
    found = paper.to_pdf()
    assert found.startswith(b"%PDF-")
    assert found.count(b"/Type /Page\n") == 3
    assert b"/Lang (en-GB)" in found
    assert b"/MarkInfo" in found
    assert b"/DisplayDocTitle true" in found
    assert b"/Title (Calls of a week)" in found
    assert b"/Alt (As many as there were.)" in found
    assert found.count(b"+DejaVuSansCondensed") >= 2
