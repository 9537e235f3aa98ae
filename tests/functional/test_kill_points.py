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
_BY_ITSELF = ["approve", "archive", "erase", "ingest", "migrate", "records", "redact", "restore", "rewrap", "rotate"]
_WITH_LINES = ["close", "spool"]

#: Asks the stepper one thing, as its documentation says.
Step = Callable[[str], dict[str, Any]]


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

            def step(asked: str) -> dict[str, Any]:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(f"{asked}\n")
                process.stdin.flush()
                line = process.stdout.readline()
                assert line, f"the stepper ended: {said.read_text()[-2000:]}"
                answer: dict[str, Any] = json.loads(line)
                return answer

            yield step
            process.stdin.close()
            process.wait(30)


def wrong_after(step: Step, asked: str, calls: Iterable[int]) -> dict[str, list[str]]:
    """What was wrong after each: a kill before these system calls, or what one before them would have left."""
    found = {f"{asked} {call}": step(f"{asked} {call}")["wrong"] for call in calls}
    return {each: wrong for each, wrong in found.items() if wrong}


@pytest.mark.parametrize("work", sorted(_BY_ITSELF + _WITH_LINES))
def test_work_that_is_killed_and_started_again_leaves_everything_right(
    work: str, record_property: Callable[[str, object], None]
) -> None:
    with stepping(work) as step:
        whole = step("kill 0")
        assert whole["wrong"] == []
        calls = range(1, whole["calls"] + 1)
        chosen = sorted(random.Random(4).sample(calls, _FEWER.get(work, _SHORT)))
        wrong = wrong_after(step, "kill", chosen)
    record_property(f"{work}: killed before", f"{len(chosen)} of {len(calls)} system calls")
    assert wrong == {}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("work", _WITH_LINES)
def test_recording_that_is_killed_at_every_system_call_leaves_everything_right(
    work: str, record_property: Callable[[str, object], None]
) -> None:
    with stepping(work) as step:
        calls = range(1, step("kill 0")["calls"] + 1)
        wrong = wrong_after(step, "kill", calls)
    record_property(f"{work}: killed before each of", f"{len(calls)} system calls")
    assert wrong == {}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("work", _BY_ITSELF)
def test_work_that_is_killed_at_every_system_call_leaves_everything_right(
    work: str, record_property: Callable[[str, object], None]
) -> None:
    """By what each kill leaves; killed for good only where a program is at work beside it."""
    with stepping(work) as step:
        walked = step("walk")
        wrong = wrong_after(step, "from", walked["moments"]) | wrong_after(step, "kill", walked["in_company"])
    record_property(f"{work}: system calls", walked["calls"])
    record_property("that found the files other than the one before", len(walked["moments"]))
    record_property("beside a program, and killed there", len(walked["in_company"]))
    assert wrong == {}


def test_a_kill_that_loses_something_is_found() -> None:
    with stepping("careless") as step:
        lost = _calls(wrong_after(step, "kill", range(1, step("kill 0")["calls"] + 1)))
        assert lost == list(range(lost[0], lost[-1] + 1)), "from when it is in neither file until it is in the other"
        moments = step("walk")["moments"]
        assert _calls(wrong_after(step, "from", moments)) == [each for each in moments if each in lost]
    assert lost[0] in moments


def _calls(wrong: Iterable[str]) -> list[int]:
    return [int(each.split()[1]) for each in wrong]
