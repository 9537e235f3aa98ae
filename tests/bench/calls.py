"""``bench calls``: what simultaneous recorded calls cost, for Earmark and, in the same run, for Asterisk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from tests.bench.asterisk_target import Asterisk
from tests.bench.earmark_target import MANY_PORTS, earmark, lost_frames
from tests.bench.load import Load, calls_in_progress
from tests.bench.processor import CpuReading, cpu_of, dropped_datagrams, idle_share, memory_mb
from tests.functional.office.ports import Ports, free_ports
from tests.functional.office.processes import wait_until

SETTLE_S = 2.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Figures:
    """One measurement. ``frames_lost`` is None where the thing measured does not say."""

    target: str
    calls: int
    cpu_ms_per_call_second: float
    cpu_percent: float
    peak_memory_mb: float
    worst_gap_ms: float
    frames_lost: int | None
    idle_percent: float
    load_percent: float
    datagrams_dropped: int
    by_thread_percent: dict[str, float]

    def line(self) -> str:
        lost = "" if self.frames_lost is None else f"{self.frames_lost:7d}"
        return (
            f"{self.target:<9}{self.calls:6d}{self.cpu_ms_per_call_second:10.2f}{self.cpu_percent:9.1f}"
            f"{self.peak_memory_mb:10.0f}{self.worst_gap_ms:9.1f}{lost:>8}{self.idle_percent:8.0f}"
            f"{self.load_percent:8.0f}{self.datagrams_dropped:9d}"
        )


HEADING = (
    f"{'':<9}{'calls':>6}{'ms/call-s':>10}{'% core':>9}{'peak MB':>10}{'gap ms':>9}{'lost':>8}"
    f"{'idle %':>8}{'load %':>8}{'dropped':>9}"
)


class Target(Protocol):
    """What can be put under load."""

    @property
    def ports(self) -> Ports: ...
    @property
    def box(self) -> tuple[str, int]: ...
    def pids(self) -> dict[str, int]: ...
    def calls(self) -> int: ...


@dataclass(frozen=True)
class _Reading:
    at: float
    cpu: CpuReading
    load: CpuReading
    machine: tuple[float, float]
    dropped: int

    @classmethod
    def now(cls, target: Target, load: Load) -> _Reading:
        dropped = dropped_datagrams(target.ports.base, target.ports.base + 9) + dropped_datagrams(
            *target.ports.box_range
        )
        return cls(time.monotonic(), cpu_of(target.pids()), cpu_of(load.pids()), idle_share(), dropped)


def measure_earmark(calls: int, seconds: float, busy_thread: bool = False) -> Figures:
    with TemporaryDirectory(prefix="earmark-bench-") as folder, earmark(Path(folder), busy_thread) as target:
        figures = _measure("earmark", target, Path(folder), calls, seconds)
        rows = target.finished(calls, 30)
        return _with_losses(figures, lost_frames(rows))


def measure_asterisk(calls: int, seconds: float, busy_thread: bool = False) -> Figures:
    del busy_thread  # Asterisk runs no Python
    with TemporaryDirectory(prefix="earmark-bench-") as folder, Asterisk(free_ports(MANY_PORTS)) as target:
        return _measure("asterisk", target, Path(folder), calls, seconds)


def _measure(name: str, target: Target, folder: Path, calls: int, seconds: float) -> Figures:
    with calls_in_progress(folder / "load", target.ports, target.box, calls, seconds + SETTLE_S) as load:
        wait_until(lambda: target.calls() >= calls, 30, f"{calls} calls to be connected")
        time.sleep(SETTLE_S)
        before = _Reading.now(target, load)
        peak = max(_sampled_memory(target, until=before.at + seconds))
        after = _Reading.now(target, load)
        gap = load.worst_gap_ms(before.at)
        if failures := load.failures(seconds + 60):
            raise AssertionError(f"{failures} load generators saw calls fail; see the errors in {folder}")
    return _figures(name, calls, before, after, peak, gap)


def _sampled_memory(target: Target, until: float) -> Iterator[float]:
    """Memory now and then until monotonic time ``until``; reading it costs the target nothing but its page locks."""
    while True:
        yield memory_mb(target.pids().values())
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 5))


def _figures(name: str, calls: int, before: _Reading, after: _Reading, peak: float, gap: float) -> Figures:
    took = after.at - before.at
    spent = after.cpu.since(before.cpu)
    machine = after.machine[0] - before.machine[0]
    return Figures(
        target=name,
        calls=calls,
        cpu_ms_per_call_second=1000 * spent.seconds / took / calls,
        cpu_percent=100 * spent.seconds / took,
        peak_memory_mb=peak,
        worst_gap_ms=gap,
        frames_lost=None,
        idle_percent=100 * (after.machine[1] - before.machine[1]) / machine,
        load_percent=100 * after.load.since(before.load).seconds / took,
        datagrams_dropped=after.dropped - before.dropped,
        by_thread_percent={name: round(100 * s / took, 1) for name, s in sorted(spent.by_thread_name.items())},
    )


def _with_losses(figures: Figures, lost: int) -> Figures:
    return Figures(**{**asdict(figures), "frames_lost": lost})


def medians(of: list[Figures]) -> Figures:
    """The median of each number; the worst of the gaps and losses, which one bad run must not hide."""
    first = of[0]
    numbers: dict[str, Any] = {
        name: median(getattr(one, name) for one in of)
        for name in ("cpu_ms_per_call_second", "cpu_percent", "idle_percent", "load_percent")
    }
    worst = {name: max(getattr(one, name) for one in of) for name in ("peak_memory_mb", "worst_gap_ms")}
    lost = None if first.frames_lost is None else max(one.frames_lost or 0 for one in of)
    dropped = max(one.datagrams_dropped for one in of)
    return Figures(**{**asdict(first), **numbers, **worst, "frames_lost": lost, "datagrams_dropped": dropped})


def run(counts: Iterable[int], seconds: float, repeats: int, against: str, busy: bool, say: Say) -> dict[str, Any]:
    """Measure every count ``repeats`` times, turn about with ``against``, and return all figures with their medians."""
    kinds = {"earmark": measure_earmark, **({"asterisk": measure_asterisk} if against == "asterisk" else {})}
    say(HEADING)
    found: dict[str, dict[int, Figures]] = {name: {} for name in kinds}
    runs: list[Figures] = []
    for count in counts:
        here: dict[str, list[Figures]] = {name: [] for name in kinds}
        for _ in range(repeats):
            for name, measure in kinds.items():
                here[name].append(measure(count, seconds, busy))
        for name, figures in here.items():
            found[name][count] = medians(figures)
            runs += figures
            say(found[name][count].line())
    return _report(found, runs)


def _report(found: dict[str, dict[int, Figures]], runs: list[Figures]) -> dict[str, Any]:
    report: dict[str, Any] = {
        "medians": [asdict(one) for figures in found.values() for one in figures.values()],
        "runs": [asdict(one) for one in runs],
    }
    for count, ours in found["earmark"].items():
        if theirs := found.get("asterisk", {}).get(count):
            ratio = ours.cpu_ms_per_call_second / theirs.cpu_ms_per_call_second
            report[f"ratio_to_asterisk_{count}"] = round(ratio, 3)
    return report
