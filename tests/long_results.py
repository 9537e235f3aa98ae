"""What the long tests found, kept as a page of Markdown.

A test gives its figures with pytest's ``record_property("worst skew, ms", 3.1)``; the page shows them.
"""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

HEAD = """# Long tests: last results

Written by `scripts/test --long`. {when}, commit {commit}, {machine}, Python {python}.

| test | result | took | figures |
|---|---|---|---|
"""


class LongResults:
    """A pytest plugin that writes the page when the session ends; with ``add``, below what is on it already."""

    def __init__(self, file: Path, add: bool) -> None:
        self._file = file
        self._add = add
        self._rows: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if getattr(report, "long", False) and (report.when == "call" or report.failed):
            self._rows.append(_row(report))

    def pytest_sessionfinish(self) -> None:
        if self._rows:
            before = self._file.read_text() if self._add and self._file.exists() else _head()
            self._file.write_text(before + "\n".join(self._rows) + "\n")


def _row(report: pytest.TestReport) -> str:
    sentence = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ").replace("|", "/")
    figures = "; ".join(f"{name}: {value}" for name, value in report.user_properties)
    return f"| {sentence} | {report.outcome} | {report.duration:,.0f} s | {figures.replace('|', '/')} |"


def _head() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return HEAD.format(
        when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=commit.stdout.strip() or "unknown",
        machine=f"{os.cpu_count()} cores {platform.machine()}",
        python=platform.python_version(),
    )
