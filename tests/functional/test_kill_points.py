"""Killed at any system call and started again: nothing is lost, nothing erased comes back, and all of it verifies."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: A folder in memory, where there is one: thousands of steps flush, and no power is cut here.
_IN_MEMORY = Path("/dev/shm")
_SHORT = 12
#: Of work that starts programs, each step takes seconds.
_FEWER = {"archive": 4, "restore": 4}
_WHOLE: int | None = None

Step = Callable[[int], dict[str, Any]]


@contextmanager
def stepping(work: str) -> Iterator[Step]:
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        command = [sys.executable, "-m", "tests.functional.kill_points.stepper", f"tests.functional.kill_points.{work}"]
        said = Path(folder) / "said"
        with (
            said.open("w") as errors,
            subprocess.Popen(
                [*command, folder],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
        ):
            assert process.stdin is not None

            def step(kill_before: int) -> dict[str, Any]:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(f"{kill_before}\n")
                process.stdin.flush()
                line = process.stdout.readline()
                assert line, f"the stepper ended: {said.read_text()[-2000:]}"
                answer: dict[str, Any] = json.loads(line)
                return answer

            yield step
            process.stdin.close()
            process.wait(30)


def wrong_after(step: Step, kills: Iterable[int]) -> dict[int, list[str]]:
    """What was wrong after a kill before each of these system calls."""
    found = {kill: step(kill)["wrong"] for kill in kills}
    return {kill: wrong for kill, wrong in found.items() if wrong}


_LONG = pytest.param(_WHOLE, marks=[pytest.mark.long, pytest.mark.timeout(1800)], id="at every system call")


@pytest.mark.parametrize("kills", [pytest.param(_SHORT, id="at some"), _LONG])
@pytest.mark.parametrize(
    "work",
    ["approve", "archive", "close", "erase", "ingest", "migrate", "redact", "restore", "rewrap", "rotate", "spool"],
)
def test_work_that_is_killed_and_started_again_leaves_everything_right(
    work: str, kills: int | None, record_property: Callable[[str, object], None]
) -> None:
    with stepping(work) as step:
        whole = step(0)
        assert whole["wrong"] == []
        calls = range(1, whole["calls"] + 1)
        some = min(kills or 0, _FEWER.get(work, _SHORT))
        chosen = calls if kills is None else sorted(random.Random(4).sample(calls, some))
        wrong = wrong_after(step, chosen)
    record_property(f"{work}: killed before each of", f"{len(chosen)} of {len(calls)} system calls")
    record_property("wrong afterwards", len(wrong))
    assert wrong == {}


def test_a_kill_that_loses_something_is_found() -> None:
    with stepping("careless") as step:
        calls = step(0)["calls"]
        assert wrong_after(step, range(1, calls + 1))
