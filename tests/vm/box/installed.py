"""What is to be found on a box that is set up: its processes, who they are, who may reach what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.vm.box.machine import Box, BoxFailed


@dataclass(frozen=True)
class Process:
    """``exposure`` is the most that systemd-analyze security may say of it (0 safe to 10)."""

    user: str
    exposure: float


#: Of every box; each line's own process comes with the line.
PROCESSES: Final = {
    "recorder": Process("earmark-recorder", 2.0),
    "opener": Process("earmark-opener", 2.0),
    "keeper": Process("earmark-keeper", 2.0),
    "web": Process("earmark-web", 2.0),
}
PANEL: Final = Process("earmark-panel", 2.0)  # where there is one
LINES: Final = Process("earmark-lines", 3.0)

#: Protocol, local address and program of everything that listens.
LISTENING: Final = {
    ("tcp", "0.0.0.0:443", "earmark"),  # the page
    ("udp", "0.0.0.0:5353", "systemd-resolve"),  # earmark.local
    ("udp", "[::]:5353", "systemd-resolve"),
    ("udp", "127.0.0.53%lo:53", "systemd-resolve"),  # names, for the box itself
    ("tcp", "127.0.0.53%lo:53", "systemd-resolve"),
    ("udp", "127.0.0.54:53", "systemd-resolve"),
    ("tcp", "127.0.0.54:53", "systemd-resolve"),
}


def unit(process: str) -> str:
    return f"earmark-{process}.service"


def wait_until_ready(box: Box, *more: str, within_s: float = 1200.0) -> None:
    """Every process says that it is ready (sd_notify), and nothing is still starting.

    Raises:
        BoxFailed: with what systemd says about those that are not.
    """
    units = " ".join(unit(process) for process in (*PROCESSES, *more))
    # Asked about several at once, systemctl is content with one.
    each = f"for unit in earmark.target {units}; do systemctl is-active --quiet $unit || exit 1; done"
    try:
        box.wait_until(f'{each}; test -z "$(systemctl list-jobs --no-legend)"', within_s)
    except BoxFailed as late:
        words = box.run(
            f"systemctl list-jobs --no-legend; systemctl --failed --no-legend; systemctl status -n 9 --no-pager {units}"
        )
        raise BoxFailed(f"{late}\n{words.out[-6000:]}") from None


def seconds_to_ready(box: Box, *more: str) -> float:
    """From the kernel's start to the last process's word that it is ready."""
    units = " ".join(unit(process) for process in (*PROCESSES, *more))
    shown = box.out(f"systemctl show --property ActiveEnterTimestampMonotonic --value {units}")
    return max(int(line) for line in shown.split()) / 1e6


def seconds_of_start(box: Box, process: str) -> float:
    """From when systemd started it to its word that it is ready."""
    times = ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
    began, ready = (int(box.out(f"systemctl show --property {name} --value {unit(process)}")) for name in times)
    return (ready - began) / 1e6


def unlock(box: Box, disk_phrase: str) -> None:
    """The data disk, which is locked after each start."""
    box.out(f"printf '%s\\n' '{disk_phrase}' | earmark disk open", timeout_s=300)
    box.wait_until("mountpoint -q /var/lib/earmark/data && earmark data-disk status | grep -q 'is there'")


def main_pid(box: Box, process: str) -> int:
    return int(box.out(f"systemctl show --property MainPID --value {unit(process)}"))
