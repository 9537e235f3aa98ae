"""``bench box``: what every process of an office costs before anybody calls: its start, and its memory at rest.

They start one after the other, as the supervisor of the box starts them and with nothing beside them, so that the
seconds of one are not those of another. Ready is what each says itself (sd_notify(3)).
"""

from __future__ import annotations

import compileall
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.processor import cpu_with_ended_children_s, memory_mb, threads_of, unshared_mb
from tests.functional.office.office import Office, line_settings
from tests.functional.office.ports import Ports, free_ports
from tests.integration.wires import Wires

#: As the units of systemd/ name and start them.
USUAL: dict[str, tuple[str, ...]] = {
    "box": ("box",),
    "recorder": ("recorder",),
    "opener": ("opener",),
    "keeper": ("keeper",),
    "lines": ("lines",),
    "web": ("web",),
}
OTHER_WAYS_IN: dict[str, tuple[str, ...]] = {
    name: ("lines", "--only", name.removeprefix("lines-")) for name in ("lines-siprec", "lines-analogue", "lines-smdr")
}
PANEL: dict[str, tuple[str, ...]] = {"panel": ("panel", "--simulated")}
_CARD = "wired"
_SYSTEMD = Path(__file__).parents[2] / "systemd"
_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 15.0


@dataclass(frozen=True)
class Cost:
    """One process: from exec to ready, and at rest. ``pss_mb`` shares out what it has in common with others."""

    ready_s: float
    cpu_s: float
    pss_mb: float
    uss_mb: float
    threads: float


@dataclass(frozen=True)
class BoxCost:
    """Medians over ``runs``, each process by its name."""

    runs: int
    rest_s: float
    processes: dict[str, Cost]

    def lines(self) -> Iterator[str]:
        yield f"{'process':<16}{'ready s':>9}{'CPU s':>8}{'PSS MB':>9}{'USS MB':>9}{'threads':>9}"
        for name, cost in self.processes.items():
            yield (
                f"{name:<16}{cost.ready_s:>9.2f}{cost.cpu_s:>8.2f}{cost.pss_mb:>9.1f}{cost.uss_mb:>9.1f}"
                f"{cost.threads:>9.0f}"
            )
        yield (
            f"{'together':<16}{max(cost.ready_s for cost in self.processes.values()):>9.2f}"
            f"{self._sum('cpu_s'):>8.2f}{self._sum('pss_mb'):>9.1f}{self._sum('uss_mb'):>9.1f}{self._sum('threads'):>9.0f}"
        )

    def _sum(self, of: str) -> float:
        return sum(float(getattr(cost, of)) for cost in self.processes.values())


def measure(runs: int, rest_s: float, every_line: bool, panel: bool, say: Callable[[str], None]) -> BoxCost:
    """``every_line``: an office that has lines of each kind; ``panel``: with its front panel, a simulated one."""
    for package in ("firmware", "webui"):
        compileall.compile_dir(Path(__file__).parents[2] / package, quiet=1)
    commands = USUAL | (OTHER_WAYS_IN if every_line else {}) | (PANEL if panel else {})
    found: list[dict[str, Cost]] = []
    for number in range(1, runs + 1):
        with TemporaryDirectory(prefix="earmark-bench-") as folder, _office(Path(folder), every_line) as office:
            found.append(_run(office, commands, rest_s))
        say(f"run {number} of {runs}: {sum(cost.pss_mb for cost in found[-1].values()):.0f} MB together")
    result = BoxCost(runs, rest_s, {name: _median([one[name] for one in found]) for name in commands})
    for line in result.lines():
        say(line)
    return result


def _run(office: Office, commands: Mapping[str, tuple[str, ...]], rest_s: float) -> dict[str, Cost]:
    with ExitStack() as running:
        started = {name: running.enter_context(_started(office, name, words)) for name, words in commands.items()}
        time.sleep(rest_s)
        return {
            name: Cost(one.ready_s, one.cpu_s, memory_mb([one.pid]), unshared_mb(one.pid), threads_of(one.pid))
            for name, one in started.items()
        }


@dataclass(frozen=True)
class _Ready:
    pid: int
    ready_s: float
    cpu_s: float


@contextmanager
def _started(office: Office, name: str, words: tuple[str, ...]) -> Iterator[_Ready]:
    """One process from exec to ready, and until it is asked to end."""
    address = f"earmark-bench-{os.getpid()}-{name}"
    command = [sys.executable, "-m", "firmware.cli.main", *words]
    environment = office.environment | _of_its_unit(name) | {"NOTIFY_SOCKET": f"@{address}"}
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notices, ExitStack() as ending:
        notices.bind(f"\0{address}")
        notices.settimeout(_READY_WITHIN_S)
        log = ending.enter_context((office.root / f"{name}.log").open("wb"))
        before_s = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ending.callback(_end, process)
        while b"READY=1" not in notices.recv(4096):
            pass
        yield _Ready(process.pid, time.monotonic() - before_s, cpu_with_ended_children_s(process.pid))


def _of_its_unit(name: str) -> dict[str, str]:
    """What its unit puts into its environment beside what all have: how memory is given back, for one."""
    unit = (_SYSTEMD / f"earmark-{name}.service").read_text(encoding="utf-8")
    words = [word for line in unit.splitlines() if line.startswith("Environment=") for word in line[12:].split()]
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(_STOP_WITHIN_S)


@contextmanager
def _office(folder: Path, every_line: bool) -> Iterator[Office]:
    """A usual office: one SIP line and a page over TLS."""
    ports = free_ports()
    with ExitStack() as stack:
        office = stack.enter_context(Office.found(folder / "home", ports=ports))
        settings = line_settings(ports)
        settings["web"] = {"bind": f"127.0.0.1:{ports.web}", "tls": True, "host_names": [f"127.0.0.1:{ports.web}"]}
        if every_line:
            wires = stack.enter_context(Wires(folder / "wires", {_CARD: 1}))
            office.environment |= wires.environment
            settings["lines"] += _other_lines(ports)
            settings["smdr"] = [_call_log(ports)]
        office.use_settings(settings)
        yield office


def _other_lines(ports: Ports) -> list[dict[str, Any]]:
    middle = sum(ports.box_range) // 4 * 2
    siprec = {
        "bind": f"127.0.0.1:{ports.office}",
        "clients": ["127.0.0.1"],
        "rtp_ports": f"{middle}-{ports.box_range[1]}",
    }
    return [
        {"name": "copied", "kind": "siprec", "notice_given_by": "the PBX", "siprec": siprec},
        {
            "name": "wired",
            "kind": "analogue",
            "notice_given_by": "staff",
            "analogue": {"device": _CARD, "channels": [1]},
        },
    ]


def _call_log(ports: Ports) -> dict[str, Any]:
    listen = {"bind": f"127.0.0.1:{ports.stranger}", "addresses": ["127.0.0.1"]}
    return {"name": "log", "format": "avaya-ip-office", "listen": listen, "line": "main"}


def _median(of: list[Cost]) -> Cost:
    return Cost(**{one.name: statistics.median(getattr(cost, one.name) for cost in of) for one in fields(Cost)})
