"""One printed document: headings, paragraphs, tables and charts on A4, with the office's name and page numbers.

PDF by ``fpdf2``, with a font of our own embedded, so that names of any European language print as they are written. The
document says its title and language, its headings are bookmarks, and every chart has its words beside it as alternative
text (ISO 32000-1, 14.8 and 14.9.3), as far as the library goes: it marks no table cells.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from webui.chart import Chart
from webui.paper.drawn_chart import chart_height_mm, draw_chart
from webui.translation import gettext as _
from webui.wording import day_and_time

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.prefs import ViewerPreferences

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "DejaVu"
_MARGIN_MM = 18.0
_INK = (27, 37, 38)
_SOFT = (86, 99, 101)
_RULE = (190, 199, 200)
_HEADING_PT = {1: 19.0, 2: 13.5, 3: 11.0}
_TEXT_PT = 10.0
_SMALL_PT = 8.5
_TABLE_PT = 9.0
#: A heading is not left alone at the foot of a page.
_ROOM_AFTER_HEADING_MM = 28.0
#: What a hand needs to write on, and how much of the page's width the label before that takes.
_HAND_MM = 10.0
_LABEL_PART = 0.32


class Paper:
    """Add what it says from top to bottom, then ask for ``to_pdf``. One thread.

    Args:
        made_at: by the office's clock; told on every page, and by the file itself.
        landscape: for wide tables.
    """

    def __init__(
        self, title: str, office: str, made_at: datetime, *, language: str = "en-GB", landscape: bool = False
    ) -> None:
        self._page = _new_page(title, office, made_at, landscape)
        self._page.set_lang(language)
        self.heading(title)

    def heading(self, words: str, level: int = 1) -> None:
        """``level`` 1 to 3; each is a bookmark."""
        page = self._page
        page.set_font(_FAMILY, "B", _HEADING_PT[level])
        page.set_text_color(*_INK)
        if page.will_page_break(_ROOM_AFTER_HEADING_MM):
            page.add_page()
        elif level > 1:
            page.ln(5.0 if level == 2 else 3.0)
        page.start_section(words, level - 1, strict=False)
        page.multi_cell(0, _HEADING_PT[level] * 0.46, words, align="L", new_x="LMARGIN", new_y="NEXT")
        page.ln(2.0)

    def paragraph(self, words: str, *, small: bool = False) -> None:
        size = _SMALL_PT if small else _TEXT_PT
        self._write(words, size, _SOFT if small else _INK)
        self._page.ln(1.6)

    def bullets(self, items: Sequence[str]) -> None:
        page = self._page
        for item in items:
            page.set_font(_FAMILY, "", _TEXT_PT)
            page.set_text_color(*_INK)
            with page.unbreakable() as whole:
                whole.cell(5.0, _TEXT_PT * 0.5, "•")
                whole.multi_cell(0, _TEXT_PT * 0.5, item, align="L", new_x="LMARGIN", new_y="NEXT")
            page.ln(0.8)
        page.ln(1.0)

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[float] = (),
        figures: Sequence[int] = (),
    ) -> None:
        """The head is said again on every page.

        Args:
            widths: of the columns, in relation to each other; equal where none are given.
            figures: columns of numbers, which stand at the right.
        """
        from fpdf.fonts import FontFace

        page = self._page
        page.set_font(_FAMILY, "", _TABLE_PT)
        page.set_text_color(*_INK)
        page.set_draw_color(*_RULE)
        page.set_line_width(0.2)
        aligned = tuple("RIGHT" if number in figures else "LEFT" for number in range(len(headings)))
        with page.table(
            col_widths=tuple(widths) or None,
            text_align=aligned,
            line_height=_TABLE_PT * 0.5,
            padding=(0.9, 1.6),
            borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(emphasis="BOLD", color=_SOFT),
        ) as table:
            for cells in (headings, *rows):
                line = table.row()
                for cell in cells:
                    line.cell(cell)
        page.ln(3.0)

    def blanks(self, labels: Sequence[str], *, lines: int = 1) -> None:
        """To be filled in by hand: each label, and so many lines beside it."""
        page = self._page
        page.set_draw_color(*_RULE)
        page.set_line_width(0.2)
        for label in labels:
            if page.will_page_break(_HAND_MM * lines):
                page.add_page()
            top, beside = page.get_y(), page.l_margin + page.epw * _LABEL_PART
            page.set_font(_FAMILY, "", _TABLE_PT)
            page.set_text_color(*_INK)
            page.set_y(top + _HAND_MM - 5.0)
            page.multi_cell(beside - page.l_margin - 4.0, _TABLE_PT * 0.5, label, align="L")
            for number in range(1, lines + 1):
                page.line(beside, top + _HAND_MM * number, page.w - page.r_margin, top + _HAND_MM * number)
            page.set_y(max(top + _HAND_MM * lines, page.get_y()))
        page.ln(3.0)

    def chart(self, chart: Chart) -> None:
        """With its title above, and its words beneath it and as alternative text."""
        page = self._page
        if page.will_page_break(chart_height_mm(chart) + 16):
            page.add_page()
        self._write(chart.title, _TABLE_PT, _INK, bold=True)
        page.ln(1.0)
        draw_chart(page, _FAMILY, chart)
        page.ln(1.0)
        self.paragraph(chart.told, small=True)
        page.ln(1.5)

    def keep_together(self, first: Chart | None) -> None:
        """Begin a new page where a heading and the picture under it would not both fit on this one."""
        if first is not None and self._page.will_page_break(chart_height_mm(first) + _ROOM_AFTER_HEADING_MM):
            self._page.add_page()

    def page_break(self) -> None:
        self._page.add_page()

    def to_pdf(self) -> bytes:
        return bytes(self._page.output())

    def _write(self, words: str, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
        page = self._page
        page.set_font(_FAMILY, "B" if bold else "", size)
        page.set_text_color(*colour)
        page.multi_cell(0, size * 0.5, words, align="L", new_x="LMARGIN", new_y="NEXT")


def _new_page(title: str, office: str, made_at: datetime, landscape: bool) -> FPDF:
    from fpdf import FPDF  # brings 25 MB, of which a process at rest has no use

    # It tells of every table of the font that it leaves out.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(_FAMILY, "", 7.5)
            self.set_text_color(*_SOFT)
            self.cell(0, 5, f"{office} · {title} · {_moment(made_at)}", align="L")
            self.set_x(self.l_margin)
            self.cell(0, 5, _("Page %(number)s of %(total)s") % {"number": self.page_no(), "total": "{nb}"}, align="R")

    page = Sheet(orientation="landscape" if landscape else "portrait", format="A4")
    page.set_margin(_MARGIN_MM)
    page.c_margin = 0.0  # letters begin where pictures do
    page.set_auto_page_break(True, _MARGIN_MM + 2)
    page.add_font(_FAMILY, "", _FONTS / "DejaVuSansCondensed.ttf")
    page.add_font(_FAMILY, "B", _FONTS / "DejaVuSansCondensed-Bold.ttf")
    page.set_title(title)
    page.set_author(office)
    page.set_creator("Earmark")
    page.set_creation_date(made_at)
    page.viewer_preferences = _shows_its_title()
    page.add_page()
    return page


def _shows_its_title() -> ViewerPreferences:
    from fpdf.prefs import ViewerPreferences

    return ViewerPreferences(display_doc_title=True)


def _moment(made_at: datetime) -> str:
    return day_and_time(made_at)
