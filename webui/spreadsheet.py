"""Tables for spreadsheets: CSV (RFC 4180) in which no cell that somebody typed is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

#: With these a formula begins, in one spreadsheet or another (OWASP: CSV injection), the wide ones in Japanese.
_FORMULA = ("=", "@", "-", "\t", "\r", "\n", "＝", "＋", "－", "＠", "+")

#: A day is written as ISO 8601 has it.
Cell = str | int | float | date


def spreadsheet(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark, so that spreadsheets know it. Texts stand in quotation marks, so that none is cut in two where
    a semicolon parts the cells; numbers do not."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(headings)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a + before digits is a telephone number."""
    if cell.startswith("+") and cell[1:].replace(" ", "").isascii() and cell[1:].replace(" ", "").isdigit():
        return cell
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
