"""The page of the long tests' figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]
LONG_AND_SHORT = """
import pytest

@pytest.mark.long
def test_the_channels_stay_in_step_for_ten_minutes(record_property):
    record_property("worst skew, ms", 3.1)

@pytest.mark.long
def test_five_thousand_calls_leave_memory_flat():
    assert False

def test_something_short():
    pass
"""


MORE = """
import pytest

@pytest.mark.long
def test_a_hundred_calls_lose_no_frame(record_property):
    record_property("frames lost", 0)
"""


def _run(tests: Path, page: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "--rootdir", CLONE, "-c", CLONE / "pyproject.toml", "--long-results", page, *arguments, tests],
        cwd=CLONE,
        capture_output=True,
        check=False,
    ).returncode


@pytest.mark.parametrize("workers", ["0", "2"])
def test_long_tests_leave_their_figures_and_failures_on_a_page_and_short_ones_do_not(
    tmp_path: Path, workers: str
) -> None:
    folder = tmp_path / "long"  # a folder's name is no marker
    folder.mkdir()
    tests, more, page = folder / "test_some.py", folder / "test_more.py", tmp_path / "page.md"
    tests.write_text(LONG_AND_SHORT)
    more.write_text(MORE)
    assert _run(tests, page, "--numprocesses", workers) == 1
    assert _run(more, page, "--add-to-results") == 0
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 3
    step, memory = sorted(rows[:2], reverse=True)
    assert step.startswith("| the channels stay in step for ten minutes | passed |")
    assert step.endswith("| worst skew, ms: 3.1 |")
    assert memory.startswith("| five thousand calls leave memory flat | failed |")
    assert rows[2].endswith("| frames lost: 0 |")


def test_a_new_long_run_starts_the_page_anew(tmp_path: Path) -> None:
    more, page = tmp_path / "test_more.py", tmp_path / "page.md"
    more.write_text(MORE)
    assert _run(more, page) == _run(more, page) == 0
    assert page.read_text().count("a hundred calls lose no frame") == 1
