"""The page of the long tests' figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_long_tests_leave_their_figures_and_failures_on_a_page_and_short_ones_do_not(tmp_path: Path) -> None:
    tests, page = tmp_path / "test_some.py", tmp_path / "page.md"
    tests.write_text(LONG_AND_SHORT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", CLONE, "-c", CLONE / "pyproject.toml", "--long-results", page, tests],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 2
    assert rows[0].startswith("| the channels stay in step for ten minutes | passed |")
    assert rows[0].endswith("| worst skew, ms: 3.1 |")
    assert rows[1].startswith("| five thousand calls leave memory flat | failed |")
