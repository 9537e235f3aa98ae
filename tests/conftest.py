"""For every test: the figures it measured, shown at the end of the run and kept where the long tests' are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.long_results import LongResults


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long-results", type=Path, metavar="FILE", help="write the long tests' figures to FILE (Markdown)"
    )


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--long-results")
    if file is not None:
        config.pluginmanager.register(LongResults(file), "long-results")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured, whichever worker measured it (``record_property``)."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" and report.user_properties
    ]
    if reports:
        terminalreporter.section("figures")
    for report in sorted(reports, key=lambda report: str(report.nodeid)):
        terminalreporter.line(report.nodeid)
        for name, value in report.user_properties:
            terminalreporter.line(f"    {name}: {value}")
