"""The lines' own processes, started by whoever tries them; one that ends stays so, and is told of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware.core.home import Home
from firmware.core.lines_instance import LinesInstance, process_name

_STOP_WITHIN_S = 12.0
_LAST_BYTES = 2000


@dataclass(frozen=True)
class _Child:
    instance: LinesInstance
    process: subprocess.Popen[bytes]
    log: Path


class LinesOnTrial:
    """One thread."""

    def __init__(self, home: Home, instances: Iterable[LinesInstance]) -> None:
        self._children = [_start(home, instance) for instance in instances]

    def ended(self) -> dict[LinesInstance, str]:
        """Which have ended by themselves, and the last that each said."""
        return {each.instance: _last_said(each.log) for each in self._children if each.process.poll() is not None}

    def stop(self) -> None:
        for each in self._children:
            each.process.terminate()
        for each in self._children:
            try:
                each.process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()


def _start(home: Home, instance: LinesInstance) -> _Child:
    log = home.root / f"{process_name(instance)}.log"
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "lines", "--only", instance]
    # Systemd watches whoever started this, and hears of nobody else.
    environment = {name: value for name, value in os.environ.items() if name not in ("NOTIFY_SOCKET", "WATCHDOG_USEC")}
    with log.open("wb") as said:
        return _Child(instance, subprocess.Popen(command, stdout=said, stderr=said, env=environment), log)


def _last_said(log: Path) -> str:
    said = log.read_bytes()[-_LAST_BYTES:].decode(errors="replace").strip()
    return said.rpartition("\n")[2]
