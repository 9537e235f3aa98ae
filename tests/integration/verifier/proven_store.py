"""A store with a past, what is held of it elsewhere, and the standalone verifier to be asked about both."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from firmware.core.home import Home
from tests.integration.evidenced_store import EvidencedStore
from tests.integration.store_changes import Material

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify-recordings"
PROVEN, NOT_PROVEN, NOT_CHECKED, LATER_DOUBTS, NOTHING_COVERED = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Case:
    """A store with a past, and what is held elsewhere."""

    home: Home
    held: Path
    earlier: Path
    key: str
    material: Material

    def report(self, tool: ModuleType, home: Home | None = None, **more: Any) -> dict[str, Any]:
        folder = (home or self.home).data
        asked = tool.Asked(folder, self.key, [self.held], folder / "catalogue" / "catalogue.db", **more)
        report: dict[str, Any] = tool.verify(asked).to_json()
        return report


def case_in(folder: Path) -> Case:
    """Four days of recordings; the checkpoint that is held elsewhere was made on the third, the box's on the fourth."""
    made = EvidencedStore(Home(folder / "box"))
    held, earlier = folder / "held.note", folder / "earlier.note"
    recordings = a_day(made, folder)
    shutil.copyfile(made.home.checkpoint, earlier)
    recordings += a_day(made, folder)
    erased = made.erase(recordings.pop(0))
    rewrapped = Home.keyslot_of(made.sealed(recordings[0])[0]).relative_to(made.home.data)
    old_keyslot = rewrapped, made.rewrap(recordings[0])
    made.erase_details(3, 3)
    recordings += a_day(made, folder)
    made.log.checkpoint()
    shutil.copyfile(made.home.checkpoint, held)
    covered = made.log.end.number
    for _ in range(2):
        made.record()
        made.tell("searched", "", number="07")
    made.pass_time(1)
    made.record(finish=False)
    made.log.close()
    made.close()
    material = Material(made.key, covered, tuple(recordings), tuple(made.catalogues[:-1]), old_keyslot, (erased,))
    return Case(made.home, held, earlier, made.key.public_text(), material)


def a_day(made: EvidencedStore, folder: Path) -> list[str]:
    """Three recordings, the second of two segments, each looked for and listened to; it is the next day then."""
    recordings = []
    for segments in (1, 2, 1):
        made.snapshot(folder)
        recordings.append(made.record(segments))
        made.tell("searched", "", number=f"0{made.now.day}{made.now.hour}")
        made.tell("listened", recordings[-1], name="A. N. Other", purpose="complaint")
        made.pass_time(1)
        made.log.checkpoint()
    made.pass_time(21)
    return recordings


def findings(report: dict[str, Any], period: str = "before") -> Iterator[str]:
    for finding in report["findings"]:
        if finding["period"] == period:
            yield f"{finding['what']} {finding['subject']}: {finding['text']}"


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=60)
