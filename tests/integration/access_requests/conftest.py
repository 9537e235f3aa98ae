"""An opener's office where calls are asked for and opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.asked_office import AskedOffice, found_office, office_at_work, record_calls


@pytest.fixture
def office(tmp_path: Path) -> Iterator[AskedOffice]:
    found_office(tmp_path)
    at_work = office_at_work(tmp_path)
    yield at_work
    at_work.reception.sessions.end_all()


@pytest.fixture
def calls(office: AskedOffice) -> list[str]:
    return record_calls(office, 3)
