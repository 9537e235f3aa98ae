"""The boot partition of a machine with UEFI: GRUB with no more modules than it needs, and which slot it is to start."""

from __future__ import annotations

import shutil
from pathlib import Path

from earmark_image.recipe import BOOT
from earmark_image.running import entered

_MODULES = ("part_gpt", "fat", "ext2", "normal", "linux", "loadenv", "test", "echo", "search", "search_label")
_CONSOLES = ("serial", "terminal", "all_video", "reboot", "halt", "sleep")
_BOTH_GOOD = ("ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0")


def lay_boot(root: Path, boot: Path) -> None:
    """Fill the folder of the boot partition from what a root brings along."""
    earmark, fallback = boot / "EFI/earmark", boot / "EFI/BOOT"
    for folder in (earmark, fallback):
        folder.mkdir(parents=True)
    made = root / "run/boot"
    made.mkdir(parents=True, exist_ok=True)
    with entered(root) as inside:
        inside.run(
            *("grub-mkimage", "--format=x86_64-efi", "--prefix=/EFI/earmark", "--output=/run/boot/BOOTX64.EFI"),
            *(*_MODULES, *_CONSOLES),
        )
        inside.run("grub-editenv", "/run/boot/grubenv", "create")
        inside.run("grub-editenv", "/run/boot/grubenv", "set", *_BOTH_GOOD)
    shutil.move(made / "BOOTX64.EFI", fallback / "BOOTX64.EFI")
    shutil.move(made / "grubenv", earmark / "grubenv")
    shutil.rmtree(made)
    shutil.copy(BOOT / "grub.cfg", earmark / "grub.cfg")
