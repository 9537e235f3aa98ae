"""``python -m hw.draw`` writes the drawings and the parts list; ``--check`` says which would come out otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from schemdraw import Drawing

from hw.draw.board import HW, Board, read_board
from hw.draw.label import draw_label
from hw.draw.line_tap import draw_detector, draw_sound
from hw.draw.office import draw_tapped, draw_trunk
from hw.draw.panel import draw_panel
from hw.draw.parts_list import render_parts


def made_of(board: Board) -> Iterator[tuple[Path, bytes]]:
    """Each file that is made, and what is in it."""
    drawings: dict[str, Drawing] = {
        "panel": draw_panel(board),
        "tap-sound": draw_sound(board),
        "tap-detector": draw_detector(board),
        "fall-back-trunk": draw_trunk(),
        "fall-back-tapped": draw_tapped(),
        "label": draw_label(),
    }
    for name, drawing in drawings.items():
        yield HW / "drawings" / f"{name}.svg", drawing.get_imagedata("svg") + b"\n"
    yield HW / "parts.md", render_parts(board).encode()


@click.command(help="Write hw/drawings and hw/parts.md anew, from hw/pins.toml and hw/parts.toml.")
@click.option("--check", is_flag=True, help="Write nothing; exit status 1 where a file is not as it would be written.")
def main(check: bool) -> None:
    stale = [(path, made) for path, made in made_of(read_board()) if not path.is_file() or path.read_bytes() != made]
    for path, made in stale:
        click.echo(path.relative_to(HW.parent))
        if not check:
            path.write_bytes(made)
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
