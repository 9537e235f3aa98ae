"""What processes cost: CPU time per thread from ``schedstat`` (in ns, not ticks), memory from ``smaps_rollup``."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CpuReading:
    """CPU seconds so far, by (thread id, process and thread name), and the process's own total in clock ticks."""

    by_thread: dict[tuple[int, str], float]
    ticks_s: float

    def since(self, before: CpuReading) -> CpuSpent:
        """What was spent between two readings. Ticks count ended threads too, schedstat is finer: the larger holds."""
        spent: defaultdict[str, float] = defaultdict(float)
        for thread, seconds in self.by_thread.items():
            spent[thread[1]] += seconds - before.by_thread.get(thread, 0.0)
        return CpuSpent(max(sum(spent.values()), self.ticks_s - before.ticks_s), dict(spent))


@dataclass(frozen=True)
class CpuSpent:
    seconds: float
    by_thread_name: dict[str, float]


def cpu_of(processes: Mapping[str, int]) -> CpuReading:
    """Read all threads of some processes, by name and id. A thread that ends meanwhile is left out."""
    threads: dict[tuple[int, str], float] = {}
    ticks = 0.0
    for name, pid in processes.items():
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += (int(fields[11]) + int(fields[12])) / _TICKS
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                seconds = int((task / "schedstat").read_text().split()[0]) / 1e9
                threads[int(task.name), f"{name} {(task / 'comm').read_text().strip()}"] = seconds
    return CpuReading(threads, ticks)


def memory_mb(pids: Iterable[int]) -> float:
    """Proportional set size of some processes together: shared pages counted once, split among their users."""
    return sum(_kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in pids) / 1024


def cpu_with_ended_children_s(pid: int) -> float:
    """CPU seconds so far of a process, and of what it started and waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(each) for each in fields[11:15]) / _TICKS


def unshared_mb(pid: int) -> float:
    """What a process shares with nobody: what would be free if it ended."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    return sum(_kilobytes(rollup, key) for key in ("Private_Clean:", "Private_Dirty:")) / 1024


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def resident_mb(pid: int) -> float:
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:") / 1024


def _kilobytes(file: Path, key: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    raise LookupError(f"{file} has no {key}")


def idle_share() -> tuple[float, float]:
    """(all CPU seconds, idle CPU seconds) of the machine since boot."""
    figures = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(figures) / _TICKS, (figures[3] + figures[4]) / _TICKS


def dropped_datagrams(first_port: int, last_port: int) -> int:
    """Datagrams that the kernel threw away so far because a socket on one of these ports was not read in time."""
    dropped = 0
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        fields = line.split()
        if first_port <= int(fields[1].rpartition(":")[2], 16) <= last_port:
            dropped += int(fields[-1])
    return dropped
