"""The boot partition of a machine with UEFI: GRUB with no more modules than it needs, and which slot it is to start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.recipe import BOOT, EPOCH, Target
from earmark_image.root import root_archive
from earmark_image.running import entered, unpack

_MODULES = ("part_gpt", "fat", "ext2", "normal", "linux", "loadenv", "test", "echo", "regexp")
_CONSOLES = ("serial", "terminal", "all_video", "reboot", "halt", "sleep")
# RAUC writes the first; the boot loader goes by the second where a power cut has left none.
_BLOCKS = ("grubenv", "spare")
_BOTH_GOOD = ("ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0")


def lay_boot(target: Target, boot: Path) -> None:
    """Fill the folder of the boot partition with what the root's own programs make."""
    earmark, fallback = boot / "EFI/earmark", boot / "EFI/BOOT"
    for folder in (earmark, fallback):
        folder.mkdir(parents=True)
    with TemporaryDirectory(prefix="earmark-boot-") as folder:
        root = Path(folder)
        unpack(root_archive(target), root)
        with entered(root) as inside:
            inside.run(
                *("grub-mkimage", "--format=x86_64-efi", "--prefix=/EFI/earmark", "--output=/boot/efi/BOOTX64.EFI"),
                *(*_MODULES, *_CONSOLES),
            )
            for block in _BLOCKS:
                inside.run("grub-editenv", f"/boot/efi/{block}", "create")
                inside.run("grub-editenv", f"/boot/efi/{block}", "set", *_BOTH_GOOD)
        shutil.copy(root / "boot/efi/BOOTX64.EFI", fallback)
        for block in _BLOCKS:
            shutil.copy(root / "boot/efi" / block, earmark)
    shutil.copy(BOOT / "grub.cfg", earmark)
    for path in (boot, *boot.rglob("*")):
        os.utime(path, (EPOCH, EPOCH))
