"""An office, its recorder (which a test starts), a lines' end that speaks into its rings, and a keeper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.control.client import ControlClient
from tests.integration.recorder_at_work import Lines, Office, RecorderAtWork
from tests.integration.recorder_process.processes import keeper_process


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.found(tmp_path / "var")


@pytest.fixture
def recorder(office: Office) -> Iterator[RecorderAtWork]:
    made = RecorderAtWork(office.home)
    yield made
    made.end()


@pytest.fixture
def lines(office: Office) -> Iterator[Lines]:
    made = Lines(office.home)
    yield made
    made.stop()


@pytest.fixture
def keeper(office: Office) -> Iterator[ControlClient]:
    """It runs from the start."""
    with keeper_process(office.home) as client:
        yield client
