"""A fresh office for each test, in a folder with a short name (a Unix socket's path has room for 107 characters)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.functional.calls.lines_alone import LinesAlone
from tests.functional.calls.stage import Stage, staged
from tests.functional.office.office import Office
from tests.functional.office.ports import free_ports

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


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One set of lines for all tests of a module that want them so; its line's settings may be given (indirectly)."""
    line = getattr(request, "param", {})
    with staged(LinesAlone(tmp_path_factory.mktemp("lines") / "home", free_ports(), line=line)) as made:
        yield made


@pytest.fixture
def plain(kept: Stage) -> Iterator[Stage]:
    """The module's lines, with phones that never had a call."""
    with kept.another():
        yield kept


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Keeps a figure: for the end of the run, and for the long tests' page."""
    return record_property
