"""A box that is set up, kept from one run of the tests to the next: setting one up takes minutes."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.integration.set_up_page import SetUpPage
from tests.vm.box.installed import unlock, wait_until_ready
from tests.vm.box.machine import ADDRESS, Box, started

OFFICE: Final = "Harbour & Sons"
DIRECTOR: Final = "dora"
_DISK: Final = "disk.img"
_NOTED: Final = "set-up.json"


@dataclass(frozen=True)
class SetUp:
    """What the director wrote down."""

    pass_phrase: str
    recovery_words: tuple[str, ...]
    disk_phrase: str


@dataclass(frozen=True)
class SetUpBox:
    """``disk`` is of a ``Box`` what an image is: never written."""

    disk: Path
    noted: SetUp

    @contextmanager
    def started(self, folder: Path) -> Iterator[Box]:
        """Switched on with what it writes in ``folder``; all its programs are ready and its data disk is unlocked."""
        with started(self.disk, folder) as box:
            wait_until_ready(box)
            unlock(box, self.noted.disk_phrase)
            wait_until_ready(box)  # who holds files is started anew
            yield box


def code_of(box: Box) -> str:
    """What stands on its label."""
    box.wait_until("systemctl is-active earmark-first-start")
    return box.out("cat /var/lib/earmark/first-start/code").strip()


def set_up(box: Box) -> SetUp:
    """Set a new box up, as its first director in a browser; returns when all its programs are ready."""
    page = SetUpPage(443, ADDRESS)
    try:
        assert page.begin(code_of(box)) == 303
        pass_phrase, words = page.make(OFFICE, DIRECTOR)
        noted = SetUp(pass_phrase, tuple(words), page.disk_phrase())
        status, text = page.confirm(pass_phrase, words)
    finally:
        page.close()
    assert (status, "The box is set up" in text) == (200, True), text
    wait_until_ready(box)
    return noted


def set_up_box(image: Path) -> SetUpBox:
    """The kept one, or it is made: a box of this image that was set up and then shut down."""
    place = _place(image)
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not place.exists():
            work = place.with_suffix(".unfinished")
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            with started(image, work) as box:
                noted = set_up(box)
                box.shut_down()
            _keep_disk(work)
            (work / _NOTED).write_text(json.dumps(asdict(noted)))
            for older in place.parent.glob(f"{_named(image)}-*"):
                if older != work:
                    shutil.rmtree(older)
            work.rename(place)
    return SetUpBox(place / _DISK, _read(place / _NOTED))


def _read(file: Path) -> SetUp:
    noted = json.loads(file.read_text())
    return SetUp(noted["pass_phrase"], tuple(noted["recovery_words"]), noted["disk_phrase"])


def _keep_disk(folder: Path) -> None:
    """The layer that was written and what it lies on become one disk."""
    layer = folder / "disk.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "raw", layer, folder / _DISK], check=True)
    layer.unlink()


def _place(image: Path) -> Path:
    """Another image of the same name is another box."""
    found = image.stat()
    cache = Path(os.environ.get("EARMARK_CACHE") or Path.home() / ".cache/earmark")
    return cache / "box" / f"{_named(image)}-{found.st_size}-{found.st_mtime_ns}"


def _named(image: Path) -> str:
    return str(image.resolve()).strip("/").replace("/", "-")
