"""What a Raspberry Pi needs on the boot partition before GRUB runs: its firmware, U-Boot as its UEFI, and device trees.

The Pi's firmware reads ``config.txt``, lays the front panel's overlay over the device tree, and starts U-Boot, which
looks for what UEFI would start and hands the device tree on. So behind it a Pi's disk is as a PC's: one boot loader,
one way to count slots, and an image that starts in a virtual machine with UEFI.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.debian import debian_files
from earmark_image.recipe import BOOT, FIRMWARE, FIRMWARE_RECORD, HARDWARE, Target
from earmark_image.running import run, unpack

_FIRMWARE = ("start4.elf", "fixup4.dat")
_BOARDS = ("bcm2711-rpi-4-b", "bcm2711-rpi-400", "bcm2711-rpi-cm4-io")
_OVERLAY = "earmark-panel"


def lay_firmware(target: Target, root: Path) -> None:
    """Put it into a root, where ``lay_boot`` finds it; nothing, for a machine that brings its own."""
    if not target.firmware:
        return
    place = root / FIRMWARE
    (place / "overlays").mkdir(parents=True)
    with TemporaryDirectory(prefix="earmark-firmware-") as folder:
        packages = Path(folder)
        unpack(debian_files(f"firmware-{target.name}", target.architecture, target.firmware), packages)
        for name in _FIRMWARE:
            shutil.copy(packages / "usr/lib/raspi-firmware" / name, place)
        shutil.copy(packages / "usr/lib/u-boot/rpi_arm64/u-boot.bin", place)
        # It may be passed on with its licence.
        shutil.copy(packages / "usr/share/doc/raspi-firmware/copyright", place / "LICENCE.txt")
        shutil.copytree(packages / "var/lib/dpkg", root / FIRMWARE_RECORD)
    (trees,) = (root / "usr/lib").glob("linux-image-*/broadcom")
    for board in _BOARDS:
        shutil.copy(trees / f"{board}.dtb", place)
    run("dtc", "-@", "-I", "dts", "-O", "dtb", "-o", place / f"overlays/{_OVERLAY}.dtbo", HARDWARE / f"{_OVERLAY}.dts")
    shutil.copy(BOOT / "config.txt", place)
