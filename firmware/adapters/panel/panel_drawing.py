"""The simulated front panel as text: on a terminal a picture that follows the rhythm, elsewhere a line a change."""

from __future__ import annotations

import logging
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from firmware.core.panel_light import DARK, TABLE, Colour, PanelState, Shown

_WIDE = 74
_KEYS = "Enter presses · d presses twice · h holds, and h lets go · Ctrl-C ends"
_TITLE = " Earmark front panel, simulated "


class PanelDrawing:
    """Any thread.

    Args:
        out: where to; what a terminal can do is used only if it is one.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.live = out.isatty()
        self._turn = threading.Lock()
        self._lights: dict[str, tuple[Shown, Colour]] = {}
        self._said = ""
        self._rows = 0

    def draw(self, line: str, shown: Shown, colour: Colour) -> None:
        """A ``GpioPanel``'s ``on_light``."""
        with self._turn:
            before = self._lights.get(line)
            self._lights[line] = (shown, colour)
            if self.live:
                self._draw_all()
            elif before is None or before[0] is not shown:
                self._out.write(f"{f'light of line {line}' if line else 'front panel'}: {shown.value}\n")
                self._out.flush()

    def say(self, text: str) -> None:
        """Something to read below the picture, until the next."""
        with self._turn:
            self._said = text
            if self.live and self._lights:
                self._draw_all()

    def _draw_all(self) -> None:
        rows = self._picture()
        back = f"\x1b[{self._rows}A\r" if self._rows else ""
        self._out.write(back + "".join(f"{row}\x1b[K\n" for row in rows) + "\x1b[J")
        self._out.flush()
        self._rows = len(rows)

    def _picture(self) -> list[str]:
        shown, colour = self._lights.get("", (PanelState.STARTING, DARK))
        row = TABLE[shown]
        inside = [f"{_lamp(colour)}  {shown.value.capitalize()}"]
        inside += [f"   {text}" for text in textwrap.wrap(f"{row.means} {row.do}".strip(), _WIDE - 8)]
        inside.append(f"   ({row.pattern.colour_name}; {row.looks})")
        lines = [f"{_lamp(at)} {name}: {state.value}" for name, (state, at) in sorted(self._lights.items()) if name]
        inside += ["", "   " + "   ".join(lines)] if lines else []
        said = textwrap.wrap(self._said, _WIDE)[:3]
        return [f"╭{_TITLE:─^{_WIDE}}╮", *map(_framed, inside), f"╰{'─' * _WIDE}╯", _KEYS, *said]


class _SaidBelow(logging.Handler):
    def __init__(self, drawing: PanelDrawing) -> None:
        super().__init__()
        self._drawing = drawing

    def emit(self, record: logging.LogRecord) -> None:
        self._drawing.say(record.getMessage())


@contextmanager
def said_below(drawing: PanelDrawing) -> Iterator[None]:
    """Where the picture and the log share a terminal, the log's last line is part of the picture."""
    root = logging.getLogger()
    if not (drawing.live and sys.stderr.isatty()):
        yield
        return
    before, root.handlers = root.handlers, [_SaidBelow(drawing)]
    try:
        yield
    finally:
        root.handlers = before


def _framed(text: str) -> str:
    """Between the frame's sides; what colours a lamp takes no room."""
    room = _WIDE - 2 - len(_bare(text))
    return f"│ {text}{' ' * max(0, room)} │"


def _bare(text: str) -> str:
    bare, _, rest = text.partition("\x1b[")
    while rest:
        _, _, rest = rest.partition("m")
        more, _, rest = rest.partition("\x1b[")
        bare += more
    return bare


def _lamp(colour: Colour) -> str:
    if colour == DARK:
        return "○"
    red, green, blue = (round(255 * part) for part in colour)
    return f"\x1b[38;2;{red};{green};{blue}m●\x1b[0m"
