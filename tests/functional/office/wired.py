"""An office whose lines are heard on wires: its own processes, and sound cards that ALSA makes itself."""

from __future__ import annotations

import sys
import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from tests.functional.office.office import Office
from tests.functional.office.ports import free_ports
from tests.functional.office.processes import Processes, wait_until
from tests.integration.wires import Wires

CARD = "wired"
_COMMAND = (sys.executable, "-m", "firmware.cli.main", "lines", "--only", "analogue")


@dataclass(frozen=True)
class WiredOffice:
    """One office; ``lines`` is its analogue lines' control socket."""

    office: Office
    processes: Processes
    wires: Wires

    @property
    def lines(self) -> ControlClient:
        return ControlClient(self.office.home.lines_socket_of("analogue"))

    def calls(self) -> list[dict[str, Any]]:
        return list(self.lines.get("/calls")["calls"])

    def wait_for_calls(self, count: int, timeout_s: float = 20) -> None:
        wait_until(lambda: len(self.calls()) == count, timeout_s, f"{count} calls")

    def mono(self, recording_id: str) -> npt.NDArray[np.int16]:
        """A recording as its listener gets it."""
        path = self.office.root / f"{recording_id}.wav"
        self.office.export(recording_id, path)
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels()) == (8000, 1)
            return np.frombuffer(file.readframes(file.getnframes()), np.int16)


@contextmanager
def wired_office(
    folder: Path, lines: Sequence[Mapping[str, Any]], *, buffer_bytes: int = 8192, **sections: Any
) -> Iterator[WiredOffice]:
    """Set up and start an office with these lines: of each, the settings that differ from one channel's to the next."""
    wires = Wires(folder / "wires", {CARD: len(lines)}, buffer_bytes=buffer_bytes)
    with wires, Office.found(folder / "home", ports=free_ports()) as office:
        office.environment |= wires.environment
        office.use_settings(_settings(lines) | sections)
        processes = office.start("recorder", "opener", "analogue", analogue=_COMMAND)
        wired = WiredOffice(office, processes, wires)
        wait_until(lambda: _ready(wired), 20, "the lines to be heard, and the recorder to be there")
        yield wired


def _ready(wired: WiredOffice) -> bool:
    try:
        health = wired.lines.get("/health")
    except EarmarkError:
        return False
    return bool(health["recorder_connected"]) and all(line["state"] != "starting" for line in health["lines"])


def _settings(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "office": {"name": "Test office", "country": "GB"},
        "lines": [
            {
                "name": f"line-{number}",
                "kind": "analogue",
                "mode": "pausable",
                "notice_given_by": "staff, at the start",
                **line,
                "analogue": {"device": CARD, "channels": [number], **line.get("analogue", {})},
            }
            for number, line in enumerate(lines, 1)
        ],
        "sign_in": {"second_factor": "offered"},
        "space": {"reserve_mb": 10},
    }
