"""A fresh office for each test, in a folder with a short name (a Unix socket's path has room for 107 characters)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.functional.office.office import Office

Note = Callable[[str, object], None]


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="em-") as name:
        yield Path(name)


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    """An office that is set up and not started."""
    with Office.found(folder / "home") as found:
        yield found


@pytest.fixture
def silent_office(folder: Path) -> Iterator[Office]:
    """An office whose callers are put through at once, without a notice."""
    with Office.found(folder / "home", notice="") as found:
        yield found


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Keeps a figure: for the end of the run, and for the long tests' page."""
    return record_property
