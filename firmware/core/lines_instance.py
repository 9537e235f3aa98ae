"""The processes that hold or hear calls: one for each kind of line, so that one kind cannot hurt another."""

from __future__ import annotations

from typing import Literal, get_args

LinesInstance = Literal["sip", "siprec", "analogue", "smdr"]

#: In the order in which people see them.
LINES_INSTANCES: tuple[LinesInstance, ...] = get_args(LinesInstance)
#: Those that have calls, and hand their sound to the recorder.
WITH_CALLS: tuple[LinesInstance, ...] = ("sip", "siprec", "analogue")


def process_name(instance: LinesInstance) -> str:
    """What the process is called to people, in commands and on the health page."""
    return "lines" if instance == "sip" else f"lines-{instance}"
