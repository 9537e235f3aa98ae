"""A new catalogue, as the recorder writes it and the pages read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "catalogue.db"


@pytest.fixture
def writer(file: Path) -> Iterator[SqliteCatalogueWriter]:
    made = SqliteCatalogueWriter(file)
    yield made
    made.close()


@pytest.fixture
def reader(writer: SqliteCatalogueWriter, file: Path) -> Iterator[CatalogueReader]:
    made = CatalogueReader(file)
    yield made
    made.close()
