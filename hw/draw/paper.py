"""What every drawing is drawn on."""

from __future__ import annotations

import schemdraw
import schemdraw.elements as elm
from schemdraw import Drawing

# Text stays text in the file, so that it can be searched and read aloud.
schemdraw.use("svg")
elm.style(elm.STYLE_IEC)


def new_drawing() -> Drawing:
    """An empty sheet, black on white whatever the page behind it, with room for words wider than reckoned."""
    drawing = Drawing(show=False, fontsize=12)
    drawing.config(bgcolor="white", margin=0.8)
    return drawing
