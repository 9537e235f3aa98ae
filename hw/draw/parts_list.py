"""``parts.toml`` as a page people order from."""

from __future__ import annotations

from collections.abc import Iterable

from hw.draw.board import Board, Part

_TABLES = (
    ("always", "Every box", ""),
    ("one of", "One computer, and its supply", "One of each kind; the PC needs no supply from here."),
    ("panel", "Front panel", "For a box that shows how it is and has a button. A PC has none."),
    (
        "analogue",
        "Lines heard on wires",
        'Only for lines of `kind = "analogue"`. SIP lines need no more than the network.',
    ),
    ("optional", "As needed", ""),
)
_HEAD = """\
# Parts

Made of `parts.toml` by `python -m hw.draw`; change it there. No part here has been bought, built in or measured by this
project: each is chosen from public documents, linked beside it, or by reckoning where there is no link. Where no number
is given, any part that fits the words will do. Read the data sheet before you order.
"""


def render_parts(board: Board) -> str:
    """The page, one table for each need."""
    tables = [
        _table(title, words, [part for part in board.parts.values() if part.need == need])
        for need, title, words in _TABLES
    ]
    return "\n".join([_HEAD, *tables])


def _table(title: str, words: str, parts: Iterable[Part]) -> str:
    lines = [
        f"## {title}",
        "",
        *([words, ""] if words else []),
        "| part | order | how many | why this one |",
        "|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(part) for part in parts), ""])


def _row(part: Part) -> str:
    what = f"{part.what}, {part.value}" if part.value else part.what
    why = f"{part.why} ([source]({part.source}))" if part.source else part.why
    return f"| {what} | {' '.join(filter(None, (part.maker, part.number)))} | {part.quantity} | {why} |"
