"""A report as what it says, before it is a page, a printed paper or a table for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from webui.chart import Chart
from webui.paper.printed import Paper
from webui.spreadsheet import Cell, spreadsheet
from webui.translation import language
from webui.wording import short_day, short_month


@dataclass(frozen=True)
class Table:
    """``key`` names it in addresses. ``figures``: the columns of numbers. ``calls``: which recording a row is about."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def shown(self) -> list[list[str]]:
        """The cells as people read them."""
        return [[shown(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class Part:
    """A picture, or several, and the table under them."""

    title: str
    charts: tuple[Chart, ...] = ()
    table: Table | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyFigure:
    value: str
    label: str


@dataclass(frozen=True)
class Report:
    """``when`` says for which days, in words. ``notes`` say what is to be known of the figures."""

    key: str
    title: str
    when: str
    figures: tuple[KeyFigure, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()

    def table(self, key: str) -> Table | None:
        return next((part.table for part in self.parts if part.table is not None and part.table.key == key), None)


def shown(cell: Cell) -> str:
    """``1,200``, ``2.5``, ``Thu 12 Nov 2026``; texts as they are."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return short_day(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"


def as_csv(table: Table) -> bytes:
    return spreadsheet(table.headings, table.rows)


def as_pdf(report: Report, office: str, made_at: datetime) -> bytes:
    """``made_at`` by the office's clock."""
    paper = Paper(f"{report.title}, {report.when}", office, made_at, language=language())
    if report.figures:
        paper.table([each.label for each in report.figures], [[each.value for each in report.figures]])
    for note in report.notes:
        paper.paragraph(note, small=True)
    for part in report.parts:
        paper.keep_together(part.charts[0] if part.charts else None)
        paper.heading(part.title, 2)
        for words in part.words:
            paper.paragraph(words)
        for chart in part.charts:
            paper.chart(chart)
        if part.table is not None and part.table.rows:
            paper.table(part.table.headings, part.table.shown, widths=part.table.widths, figures=part.table.figures)
    return paper.to_pdf()


def column_label(day: date, place: int, each: str) -> str:
    """What stands below a column of a ``pool_name``: as little as tells it from its neighbours."""
    if each == "month":
        return f"{short_month(day)} {day:%y}"
    return f"{day.day} {short_month(day)}" if each == "week" or place == 0 or day.day == 1 else str(day.day)
