"""For every test: the long tests' figures."""

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
