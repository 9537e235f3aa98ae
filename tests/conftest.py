"""For every test: a network of its own, and the figures it measured, shown at the end and kept with the long tests'."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.long_results import LongResults
from tests.own_network import enter_own_network

_TESTS = Path(__file__).parent
_WAITING = ("functional", "browser")

# A busy machine is no fault of the code's: properties are judged by what they find, not by how long it took.
settings.register_profile("earmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("earmark")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long-results", type=Path, metavar="FILE", help="write the long tests' figures to FILE (Markdown)"
    )
    parser.addoption("--add-to-results", action="store_true", help="add to that file instead of starting it anew")


def pytest_configure(config: pytest.Config) -> None:
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # a container without the right: the machine's network must do
            enter_own_network()
    file = config.getoption("--long-results")
    if file is not None and not hasattr(config, "workerinput"):  # workers report to the process that keeps the page
        config.pluginmanager.register(LongResults(file, add=config.getoption("--add-to-results")), "long-results")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first: a ten-minute call that starts last would be waited for alone.

    The files of each part are spread over the whole run: those that wait for speech to be spoken beside those that keep
    a processor busy. Those that wait take longest, and none of them is begun last.
    """
    place = _spread([item.path for item in items])
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, place[item.path]))


def _spread(files: list[Path]) -> dict[Path, float]:
    """Where in the run each file stands, from 0 to 1; its tests stay together."""
    parts: dict[str, list[Path]] = {}
    for file in dict.fromkeys(files):
        part = file.relative_to(_TESTS).parts[0] if file.is_relative_to(_TESTS) else "elsewhere"
        parts.setdefault(part, []).append(file)
    return {
        file: number / len(part) * (0.9 if name in _WAITING else 1.0)
        for name, part in parts.items()
        for number, file in enumerate(part)
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say in its report that a test is long: a worker's reports, not its tests, reach the keeper of the page."""
    report = yield
    report.__dict__["long"] = item.get_closest_marker("long") is not None
    return report


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
