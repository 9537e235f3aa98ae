"""A new box for the tests of its first start, and one that is set up for all others: from a disk that is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vm.box.machine import Box
from tests.vm.box.set_up import SetUpBox, set_up_box

IMAGE = Path(os.environ.get("EARMARK_BOX_IMAGE", Path(__file__).parents[3] / "build/image/earmark-vm-amd64.img"))

_LONGEST_S = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An imitated processor on a crowded machine starts in many minutes; every wait has an end of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_LONGEST_S))


@pytest.fixture(scope="session")
def image() -> Path:
    if not IMAGE.exists():
        raise pytest.UsageError(f"There is no image {IMAGE}: make it with image-build/build --target vm-amd64")
    return IMAGE


@pytest.fixture(scope="session")
def kept(image: Path) -> SetUpBox:
    return set_up_box(image)


@pytest.fixture(scope="module")
def box(kept: SetUpBox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Set up, every process ready, its data disk unlocked. A module has one to itself."""
    with kept.started(tmp_path_factory.mktemp("box")) as box:
        yield box


@pytest.fixture
def disk_phrase(kept: SetUpBox) -> str:
    """What unlocks its data disk."""
    return kept.noted.disk_phrase
