"""Earmark as the thing under load: a fresh office, its lines and recorder counted, and what its recordings lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.functional.office.office import Office
from tests.functional.office.ports import Ports, free_ports
from tests.functional.office.processes import Processes, wait_until

#: Four for each of 250 callers, as many for each leg of the box.
MANY_PORTS = 4000
COUNTED = ("lines", "recorder")
_FRAME_S = 0.02
_MISSING = ("not_taken_s", "not_stored_s")
_BUSY = ("nice", "-n", "-10", sys.executable, "-m", "tests.bench.busy_lines", "lines")


@dataclass(frozen=True)
class Earmark:
    """One running office under test. No notice is played, so that every call is a recorded, bridged call at once."""

    office: Office
    processes: Processes

    @property
    def ports(self) -> Ports:
        return self.office.ports

    @property
    def box(self) -> tuple[str, int]:
        return ("127.0.0.1", self.ports.box)

    def pids(self) -> dict[str, int]:
        return {name: self.processes.pid(name) for name in COUNTED}

    def calls(self) -> int:
        """Connected and being recorded."""
        return sum(call["state"] == "connected" and call["recording"] for call in self.office.calls())

    def finished(self, recordings: int, timeout_s: float) -> list[dict[str, object]]:
        """Wait until every call's recording is finished and return the rows.

        Raises:
            TimeoutError: one is missing or still open.
        """

        def all_there() -> bool:
            rows[:] = self.office.recordings(limit=recordings)
            return len(rows) >= recordings and all(row["state"] != "recording" for row in rows)

        rows: list[dict[str, object]] = []
        wait_until(all_there, timeout_s, f"{recordings} finished recordings")
        return rows


@contextmanager
def earmark(folder: Path, busy_thread: bool = False) -> Iterator[Earmark]:
    """Set up and start an office in ``folder``; with ``busy_thread``, one Python thread of lines never rests."""
    with Office.found(folder / "home", notice="", ports=free_ports(MANY_PORTS)) as office:
        processes = office.start("recorder", "lines", **({"lines": _BUSY} if busy_thread else {}))
        yield Earmark(office, processes)


def lost_frames(rows: list[dict[str, object]]) -> int:
    """Frames of 20 ms that recordings say they lack, both channels of one moment counted as one."""
    return round(sum(float(str(row[name])) for row in rows for name in _MISSING) / _FRAME_S)
