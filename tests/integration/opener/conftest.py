"""An opener behind its socket, with Anna, who may listen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.opener_box import Box, opener_box


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with opener_box(tmp_path) as made:
        yield made
