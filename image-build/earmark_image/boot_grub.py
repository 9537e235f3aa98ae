"""The boot partition, as UEFI looks at it: GRUB with no more modules than it needs, and which slot it is to start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.recipe import BOOT, EPOCH, FIRMWARE, LOADER, Target
from earmark_image.running import BuildFailed, Chroot, run

_MODULES = ("part_gpt", "fat", "ext2", "normal", "linux", "loadenv", "test", "echo", "regexp")
_CONSOLES = ("serial", "terminal", "all_video", "reboot", "halt", "sleep")
# B holds nothing before the first update.
_FIRST_MARKS = ("ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0")
#: GRUB's name for a processor, and where UEFI looks for what it starts.
_PROCESSORS = {"amd64": ("x86_64-efi", "BOOTX64.EFI"), "arm64": ("arm64-efi", "BOOTAA64.EFI")}


def make_loader(target: Target, inside: Chroot) -> None:
    """Have a root's own GRUB make what goes to the boot partition, and keep it in the root."""
    processor, name = _PROCESSORS[target.architecture]
    place = Path("/") / LOADER
    inside.run("mkdir", "-p", place)
    inside.run(
        *("grub-mkimage", f"--format={processor}", "--prefix=/EFI/earmark", f"--output={place / name}"),
        *(*_MODULES, *(console for console in _CONSOLES if target.architecture == "amd64" or console != "serial")),
    )
    inside.run("grub-editenv", place / "grubenv", "create")
    inside.run("grub-editenv", place / "grubenv", "set", *_FIRST_MARKS)


def lay_boot(target: Target, archive: Path, boot: Path) -> None:
    """Fill the folder of the boot partition from the archive of a root."""
    earmark, fallback = boot / "EFI/earmark", boot / "EFI/BOOT"
    for folder in (earmark, fallback):
        folder.mkdir(parents=True)
    with TemporaryDirectory(prefix="earmark-boot-") as folder:
        run("tar", "--extract", "--file", archive, "--directory", folder, f"./{LOADER}")
        made = Path(folder) / LOADER
        loader = made / _PROCESSORS[target.architecture][1]
        if not loader.exists():
            raise BuildFailed(f"{archive} holds no boot loader.")
        shutil.copy(loader, fallback)
        # One for RAUC and GRUB, and one that only GRUB writes: see grub.cfg.
        for name in ("grubenv", "spare"):
            shutil.copy(made / "grubenv", earmark / name)
        if target.firmware:
            shutil.copytree(Path(folder) / FIRMWARE, boot, dirs_exist_ok=True)
    shutil.copy(BOOT / "grub.cfg", earmark)
    for path in (boot, *boot.rglob("*")):
        os.utime(path, (EPOCH, EPOCH))
