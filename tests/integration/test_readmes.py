"""A newcomer's path must not end at a door that is not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]
FOLDERS = ("firmware", "webui", "hw", "systemd", "image-build", "scripts", "tests")
LINK = re.compile(r"\]\(([^)#:]+)\)")
# Of the data folder, and what only a run of the long tests writes.
NOT_IN_THE_CLONE = (".", "/", "~", "var/", "data/", "run/", "state/", "tests/long-results.md")
PLACE = re.compile(r"`([a-z_./-]+/[A-Za-z0-9_./-]*)`")


def readmes() -> list[Path]:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "*.md"], cwd=CLONE, capture_output=True, text=True, check=True
    ).stdout.split()
    return [Path(name) for name in tracked]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_top_level_folder_says_what_lives_in_it(folder: str) -> None:
    assert len((CLONE / folder / "README.md").read_text()) > 400
    assert f"({folder}/README.md)" in (CLONE / "README.md").read_text()


@pytest.mark.parametrize("readme", readmes(), ids=str)
def test_links_and_places_named_in_a_page_exist(readme: Path) -> None:
    text = (CLONE / readme).read_text()
    here = (CLONE / readme).parent
    bases = (here, CLONE, CLONE / "firmware")
    named = {*LINK.findall(text), *(place for place in PLACE.findall(text) if not place.startswith(NOT_IN_THE_CLONE))}
    missing = [place for place in sorted(named) if not any((base / place).exists() for base in bases)]
    assert missing == []


def test_who_installs_the_box_is_told_what_the_exchange_must_say_of_a_hold() -> None:
    first = " ".join((CLONE / "README.md").read_text().split())
    assert "An exchange that plays its music without saying so sounds to the box like the person speaking" in first
    said = " ".join((CLONE / "firmware/config/README.md").read_text().split())
    assert "An exchange that plays its music without saying so sounds to the box like the person speaking" in said
    for switch in ("`moh_passthrough = yes`", "`hold_music=indicate_hold`"):
        assert switch in said
