"""The boot loader's marks about the slots (GRUB's environment block), put right where a power cut has damaged them.

RAUC sets them by rewriting the file. A power cut just then can leave it empty; the boot loader goes by a spare copy
until the box has started and this has made the file anew.
"""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path

from firmware.core.errors import MissingComponent, UpdateRefused
from firmware.core.system_update import SlotName

_LOG = logging.getLogger(__name__)
_FOLDER = Path("/boot/efi/EFI/earmark")
_NAMES = {"ORDER", "A_OK", "A_TRY", "B_OK", "B_TRY"}


def mend_boot_marks(running: SlotName, folder: Path = _FOLDER) -> bool:
    """Whether the marks had to be made anew: with the slot that runs first, and the other not trusted until written.

    Raises:
        UpdateRefused: they cannot be made.
    """
    marks = folder / "grubenv"
    if not folder.exists() or _marks(marks).keys() >= _NAMES:
        return False
    _LOG.warning("the boot loader's marks were lost, and are made anew for slot %s", running)
    _make(marks, running)
    return True


def keep_spare(running: SlotName, folder: Path = _FOLDER) -> None:
    """Have the spare begin with the slot that runs and stays. Written only when that, or a start by it, has changed it.

    Raises:
        UpdateRefused: it cannot be made.
    """
    spare = folder / "spare"
    if folder.exists():
        known = _marks(spare)
        if not known.get("ORDER", "").startswith(running) or (known.get("A_TRY"), known.get("B_TRY")) != ("0", "0"):
            _make(spare, running)


def _make(file: Path, running: SlotName) -> None:
    other = "B" if running == "A" else "A"
    _edit(file, "create")
    _edit(file, "set", f"ORDER={running} {other}", f"{running}_OK=1", f"{other}_OK=0", "A_TRY=0", "B_TRY=0")


def _marks(file: Path) -> dict[str, str]:
    try:
        lines = _edit(file, "list").splitlines()
    except UpdateRefused:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _edit(file: Path, *words: str) -> str:
    try:
        command = ["grub-editenv", str(file), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError as error:
        raise MissingComponent("grub-editenv is not installed.", "Use the box's own image.") from error
    if done.returncode:
        what = f"The boot loader's marks cannot be had: {done.stderr.strip()}"
        raise UpdateRefused(what, "Check the boot partition.")
    return done.stdout
