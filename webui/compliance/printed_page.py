"""A paper to print: what stands on it, in parts, which the page draws as HTML and the printer as PDF, alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Heading:
    words: str


@dataclass(frozen=True)
class Text:
    words: str
    small: bool = False


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Blanks:
    """Labels, each with room to write by hand; ``lines``: how many."""

    labels: tuple[str, ...]
    lines: int = 1


Block = Heading | Text | Bullets | Rows | Blanks


@dataclass(frozen=True)
class PrintedPage:
    """``name`` is part of its address and of the file's name; ``what_for`` a few words for a list of papers."""

    name: str
    title: str
    what_for: str
    blocks: tuple[Block, ...]


def to_pdf(page: PrintedPage, office: str, made_at: datetime, language: str) -> bytes:
    """As a file for a printer."""
    from webui.paper.printed import Paper  # only now: it brings what a process at rest has no use for

    paper = Paper(page.title, office, made_at, language=language)
    for block in page.blocks:
        match block:
            case Heading():
                paper.heading(block.words, 2)
            case Text():
                paper.paragraph(block.words, small=block.small)
            case Bullets():
                paper.bullets(block.items)
            case Rows():
                paper.table(block.headings, block.rows, widths=block.widths)
            case Blanks():
                paper.blanks(block.labels, lines=block.lines)
    return paper.to_pdf()
