"""A vault whose recordings grow old when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.vault import Vault, vault


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Vault]:
    with vault(tmp_path / "home") as made:
        yield made
