"""What goes with the calls of a bundle: an index for people (PDF) and for programs (CSV)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from firmware.core.typed_spans import shown_span
from webui.cases.case_desk import ShownCase
from webui.spreadsheet import spreadsheet
from webui.translation import from_the_box, marked, ngettext
from webui.translation import gettext as _
from webui.wording import full_day, length

_HEADINGS = (
    marked("File"),
    marked("Date"),
    marked("Time"),
    marked("Length"),
    marked("From"),
    marked("To"),
    marked("Silenced in this copy"),
    "SHA-256",
)
_WIDTHS = (58, 19, 15, 13, 29, 29, 42, 72)


@dataclass(frozen=True)
class IndexRow:
    """One call of the bundle."""

    file: str
    began_at: datetime
    duration_s: float
    caller: str
    called: str
    silenced: str
    sha256: str


def as_csv(case: ShownCase, rows: Sequence[IndexRow], zone: ZoneInfo) -> bytes:
    """UTF-8 with a mark, so that spreadsheets know it. A last line of one cell says what is not here, if anything."""
    missing = _not_here(case)
    return spreadsheet(
        [_(each) for each in _HEADINGS], [*(_cells(row, zone) for row in rows), *([(missing,)] if missing else [])]
    )


def as_pdf(case: ShownCase, rows: Sequence[IndexRow], office: str, zone: ZoneInfo, today: date) -> bytes:
    """A4, landscape: the calls as a table."""
    from fpdf import FPDF  # brings 25 MB, of which a page at rest has no use

    page = FPDF(orientation="landscape", format="A4")
    page.set_margin(10)
    page.set_title(_("Case %(reference)s") % {"reference": case.reference})
    page.add_page()
    page.set_font("Helvetica", style="B", size=15)
    page.cell(
        0,
        9,
        _printable(
            _("%(office)s: case %(reference)s, %(kind)s")
            % {"office": office, "reference": case.reference, "kind": from_the_box(case.kind.shown).lower()}
        ),
        new_x="LMARGIN",
        new_y="NEXT",
    )
    page.set_font("Helvetica", size=10)
    about = ngettext(
        "For %(subject)s, request received %(received_on)s. %(num)s call, copied %(today)s.",
        "For %(subject)s, request received %(received_on)s. %(num)s calls, copied %(today)s.",
        len(rows),
    ) % {
        "subject": case.subject,
        "received_on": full_day(case.received_on),
        "num": len(rows),
        "today": full_day(today),
    }
    for words in filter(None, (about, _not_here(case))):
        page.cell(0, 7, _printable(words), new_x="LMARGIN", new_y="NEXT")
    page.ln(2)
    page.set_font("Helvetica", size=7.5)
    with page.table(col_widths=_WIDTHS, text_align="LEFT", line_height=4.2) as table:
        for cells in ([_(each) for each in _HEADINGS], *(_cells(row, zone) for row in rows)):
            line = table.row()
            for cell in cells:
                line.cell(_printable(cell))
    return bytes(page.output())


def _not_here(case: ShownCase) -> str:
    """What the search found for which the case had no room; empty for nothing."""
    if not case.further:
        return ""
    words = ngettext(
        "Not in this copy: %(num)s more call that was found.",
        "Not in this copy: %(num)s more calls that were found.",
        case.further,
    )
    return words % {"num": case.further}


def silenced_in_words(spans: Sequence[tuple[str, int, int | None]]) -> str:
    """``caller: 1:05-1:20; office: all``."""
    return "; ".join(f"{side}: {_stretch(start, end)}" for side, start, end in spans)


def _stretch(start_ms: int, end_ms: int | None) -> str:
    if end_ms is None:
        return (
            "all"
            if not start_ms
            else _("from %(time)s on") % {"time": shown_span((start_ms, start_ms)).partition("-")[0]}
        )
    return shown_span((start_ms, end_ms))


def _cells(row: IndexRow, zone: ZoneInfo) -> tuple[str, ...]:
    began = row.began_at.astimezone(zone)
    return (
        row.file,
        f"{began:%Y-%m-%d}",
        f"{began:%H:%M:%S}",
        length(row.duration_s),
        row.caller,
        row.called,
        row.silenced,
        row.sha256,
    )


def _printable(text: str) -> str:
    """The built-in fonts know Latin letters only (PDF 32000-1, annex D)."""
    return text.encode("latin-1", "replace").decode("latin-1")
