"""Recording a call of three seconds to the spool, while the data disk is away; afterwards it is taken in."""

from __future__ import annotations

from pathlib import Path

from tests.functional.kill_points import close, ingest, spool_place

prepare, beside, run = close.prepare, close.beside, spool_place.record


def check(home: Path, lines: close.Lines) -> list[str]:
    ingest.run(home, None)
    return close.check(home, lines)
