"""One box for all of these tests: switched on once, set up once from its page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.set_up_page import SetUpPage
from tests.vm.box.installed import wait_until_ready
from tests.vm.box.machine import ADDRESS, Box, started

IMAGE = Path(os.environ.get("EARMARK_BOX_IMAGE", Path(__file__).parents[3] / "build/image/earmark-vm-amd64.img"))
DIRECTOR = "dora"

_LONGEST_S = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An imitated processor on a crowded machine starts in many minutes; every wait has an end of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_LONGEST_S))


@pytest.fixture(scope="session")
def new_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """As it comes from the manufacturer, switched on."""
    if not IMAGE.exists():
        raise pytest.UsageError(f"There is no image {IMAGE}: make it with image-build/build --target vm-amd64")
    with started(IMAGE, tmp_path_factory.mktemp("box")) as box:
        yield box


@pytest.fixture(scope="session")
def first_code(new_box: Box) -> str:
    """What stands on its label."""
    new_box.wait_until("systemctl is-active earmark-first-start")
    return new_box.out("cat /var/lib/earmark/first-start/code").strip()


@pytest.fixture(scope="session")
def disk_phrase(new_box: Box, first_code: str) -> str:
    """Set the box up, as its first director in a browser; what unlocks its data disk afterwards."""
    page = SetUpPage(443, ADDRESS)
    assert page.begin(first_code) == 303
    pass_phrase, words = page.make("Harbour & Sons", DIRECTOR)
    disk_phrase = page.disk_phrase()
    status, text = page.confirm(pass_phrase, words)
    page.close()
    assert (status, "The box is set up" in text) == (200, True)
    return disk_phrase


@pytest.fixture(scope="session")
def box(new_box: Box, disk_phrase: str) -> Box:
    """Set up; every process is ready."""
    wait_until_ready(new_box)
    return new_box
