"""``bench churn``: thousands of short calls, one after another and on top of each other; nothing may pile up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.bench.earmark_target import COUNTED, Earmark, earmark
from tests.bench.processor import resident_mb
from tests.functional.instruments.sipp import Echoes, Sipp, Streams
from tests.functional.instruments.speech import conversation, write_raw
from tests.functional.office.processes import wait_until

_CALL_S = 1.0
_WATCHED_SHARE = 0.6  # the last 3,000 of 5,000
Samples = list[tuple[int, float]]


@dataclass(frozen=True)
class Churn:
    """What was left after ``calls`` calls. Growth is over the last 60% of them, from a line fitted to the memory."""

    calls: int
    failed: int
    stuck: int
    unfinished: int
    growth_mb: dict[str, float]
    resident_mb: dict[str, float]

    def line(self) -> str:
        memory = ", ".join(
            f"{name} {self.resident_mb[name]:.0f} MB ({self.growth_mb[name]:+.1f} over the last {_WATCHED_SHARE:.0%})"
            for name in self.growth_mb
        )
        return (
            f"{self.calls} calls: {self.failed} failed, {self.stuck} stuck, "
            f"{self.unfinished} recordings not finished; {memory}"
        )


def measure(calls: int, per_second: float, say: Callable[[str], None]) -> Churn:
    with TemporaryDirectory(prefix="earmark-bench-") as folder, earmark(Path(folder)) as target:
        failed, memory = _place(target, Path(folder), calls, per_second)
        _wait_until_quiet(target)
        states = [row["state"] for row in target.office.recordings(limit=calls)]
        result = Churn(
            calls=calls,
            failed=failed,
            stuck=len(target.office.calls()),
            unfinished=calls - states.count("complete"),
            growth_mb={name: _growth(samples, calls) for name, samples in memory.items()},
            resident_mb={name: samples[-1][1] for name, samples in memory.items()},
        )
    say(result.line())
    return result


def _place(target: Earmark, folder: Path, calls: int, per_second: float) -> tuple[int, dict[str, Samples]]:
    ports = target.ports
    speech = write_raw(folder / "speech.raw", conversation(_CALL_S + 1).far, "PCMA")
    caller = Sipp.caller(
        folder,
        target.box,
        ports.trunk,
        Streams(speech),
        seconds=_CALL_S,
        calls=calls,
        media_base=ports.far_media,
        options=("-r", str(per_second), "-trace_stat", "-stf", str(folder / "counts.csv"), "-fd", "1"),
    )
    memory: dict[str, Samples] = {name: [] for name in COUNTED}
    started = time.monotonic()
    with Sipp.answerer(folder, ports.office, Echoes(), media_base=ports.office_media), caller as sipp:
        while sipp.process is not None and sipp.process.poll() is None:
            placed = min(calls, round((time.monotonic() - started) * per_second))
            for name, samples in memory.items():
                samples.append((placed, resident_mb(target.processes.pid(name))))
            time.sleep(1)
        sipp.wait(1)
    return _failed(folder / "counts.csv"), memory


def _failed(counts: Path) -> int:
    """sipp's own count of calls that did not go as the scenario says."""
    head, *_, last = (line.split(";") for line in counts.read_text().splitlines() if line)
    return int(last[head.index("FailedCall(C)")])


def _wait_until_quiet(target: Earmark) -> None:
    try:
        wait_until(lambda: not target.office.calls(), 30, "the last calls to end")
        target.finished(1, 30)
    except TimeoutError:
        return  # what is stuck is counted, not raised


def _growth(samples: Samples, calls: int) -> float:
    """Megabytes gained over the watched calls, by the line of least squares through the samples."""
    watched = [one for one in samples if one[0] >= calls * (1 - _WATCHED_SHARE)]
    numbers, sizes = np.array(watched, float).T
    slope, _ = np.polyfit(numbers, sizes, 1)
    return float(slope) * calls * _WATCHED_SHARE
