"""The recovery key on a page made to be printed: 24 words, the key's own text, and a QR code of it. PDF by ``fpdf2``.

It is made in memory and goes where a person says: to a printer, or a stick for the safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import segno
from fpdf import FPDF, XPos, YPos

from firmware.adapters.keys.recovery_words import recovery_identity, recovery_words, text_in_groups

_COLUMNS = 4
_MARGIN_MM = 20.0
_WIDTH_MM = 170.0
_QR_MM = 48.0
_QUIET_MODULES = 4  # ISO/IEC 18004, 6.3.8


@dataclass(frozen=True)
class RecoveryPage:
    """What the page says. ``key`` is ``AGE-SECRET-KEY-1…``."""

    office: str
    key: str
    made_on: date

    def to_pdf(self) -> bytes:
        """One A4 page."""
        page = FPDF(format="A4")
        page.set_margin(_MARGIN_MM)
        page.set_auto_page_break(False)
        page.add_page()
        page.set_title("Recovery key")
        _say(page, f"Recovery key of {_printable(self.office)}", size=20, bold=True, after_mm=2)
        _say(page, f"Made on {self.made_on:%d %B %Y}. Whoever has this page can open every recording of this office.")
        _say(page, "Keep it in the office safe, on paper. No copy of it is on the box, and none can be made again.")
        _say(page, "The 24 words", size=14, bold=True, before_mm=4)
        _draw_words(page, recovery_words(self.key))
        _say(page, "The same as text, for the age command", size=14, bold=True, before_mm=6)
        page.set_font("Courier", size=12)
        page.multi_cell(_WIDTH_MM - _QR_MM - 6, 7, " ".join(text_in_groups(self.key)), new_x=XPos.LMARGIN, align="L")
        _draw_qr(page, self.key)
        page.set_y(page.get_y() + 34)
        public = str(recovery_identity(self.key).to_public())
        _say(page, f"Public half, as recordings are sealed to it: {public}", size=9)
        _say(page, "When it is needed: earmark people recover NAME on the box lets a listener back in.", size=11)
        _say(page, "On another machine scripts/open-recording opens the archive with it.", size=11)
        return bytes(page.output())


def _say(
    page: FPDF, text: str, *, size: int = 11, bold: bool = False, before_mm: float = 0, after_mm: float = 1
) -> None:
    page.ln(before_mm)
    page.set_font("Helvetica", style="B" if bold else "", size=size)
    page.multi_cell(_WIDTH_MM, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
    page.ln(after_mm)


def _draw_words(page: FPDF, words: list[str]) -> None:
    """Numbered, down the columns, as people copy and read them."""
    rows = -(-len(words) // _COLUMNS)
    page.set_font("Courier", style="B", size=13)
    for row in range(rows):
        for number in range(row, len(words), rows):
            page.cell(_WIDTH_MM / _COLUMNS, 9, f"{number + 1:>2} {words[number]}")
        page.ln(9)


def _draw_qr(page: FPDF, text: str) -> None:
    modules = list(segno.make(text, error="m", micro=False).matrix)
    size_mm = _QR_MM / (len(modules) + 2 * _QUIET_MODULES)
    left, top = _MARGIN_MM + _WIDTH_MM - _QR_MM, page.get_y() - 14
    page.set_fill_color(0, 0, 0)
    for y, line in enumerate(modules):
        for x, dark in enumerate(line):
            if dark:
                across, down = x + _QUIET_MODULES, y + _QUIET_MODULES
                page.rect(left + across * size_mm, top + down * size_mm, size_mm, size_mm, style="F")


def _printable(text: str) -> str:
    """The built-in fonts know Latin letters only (PDF 32000-1, annex D)."""
    return text.encode("latin-1", "replace").decode("latin-1")
