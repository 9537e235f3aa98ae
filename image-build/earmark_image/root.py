"""The root that both system slots hold: Debian, the programs, and what makes a box of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.bill import bill_of_materials
from earmark_image.boot_grub import make_loader
from earmark_image.boot_raspberry import lay_firmware
from earmark_image.cache import kept
from earmark_image.debian import debian_root
from earmark_image.program import program
from earmark_image.recipe import (
    BOOT,
    CLONE,
    EPOCH,
    HARDWARE,
    HOME,
    PROGRAM,
    RUNTIME_PACKAGES,
    SHARED,
    SYSTEM_PACKAGES,
    WITHOUT_WHAT_THEY_NEED,
    Target,
)
from earmark_image.running import entered, pack, unpack

_HERE = Path(__file__).parent
_UNITS = CLONE / "systemd"
#: Beside the root's own files, for whoever asks what is inside.
BILL = SHARED / "sbom.cdx.json"
# What Debian's packages leave behind while they are installed, different each time or of no use on a box.
_LEFT_OVER = (
    *("var/lib/apt/lists", "var/cache", "var/log", "tmp", "etc/ssh", "etc/machine-id", "var/lib/dbus/machine-id"),
    *("etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-"),
)


def debian_system(target: Target) -> Path:
    """A tar file of what Debian brings."""
    packages = [*SYSTEM_PACKAGES, *RUNTIME_PACKAGES, *target.packages]
    return debian_root(f"root-{target.architecture}", target.architecture, packages, WITHOUT_WHAT_THEY_NEED)


def root_archive(target: Target) -> Path:
    """A tar file of the whole root, with owners and modes. The same sources and packages give the same file."""
    debian = debian_system(target)
    programs = program(target)

    def make(archive: Path) -> None:
        with TemporaryDirectory(prefix="earmark-root-") as folder:
            root = Path(folder)
            unpack(debian, root)
            unpack(programs, root)
            _lay_root(target, root)
            pack(root, ["."], archive)

    laid = (*target.files, _UNITS, HARDWARE, BOOT / "config.txt", _HERE)
    return kept(f"system-{target.name}", [debian.name, programs.name, *laid], make)


def _lay_root(target: Target, root: Path) -> None:
    """Nobody has a password in it, and no key is in it: each box makes its own."""
    for files in target.files:
        shutil.copytree(files, root, dirs_exist_ok=True, symlinks=True)
    _lay_units(root)
    _lay_hardware(root)
    _link(root / "usr/bin/earmark", f"/{PROGRAM}/bin/earmark")
    _link(root / "etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf")
    (root / HOME).mkdir(parents=True, exist_ok=True)
    (root / "boot/efi").mkdir(exist_ok=True)
    with entered(root) as inside:
        inside.run("systemd-sysusers")
        inside.run("systemctl", "preset-all", "--preset-mode=full")
        inside.run("update-initramfs", "-c", "-k", "all")
        make_loader(target, inside)
    lay_firmware(target, root)
    _name_kernel(root)
    _clear(root)
    (root / BILL).write_text(bill_of_materials(root, target))


def _lay_units(root: Path) -> None:
    units = root / "usr/lib/systemd/system"
    for kind in ("service", "target", "timer", "mount", "path", "socket"):
        for unit in _UNITS.glob(f"*.{kind}"):
            shutil.copy(unit, units)
    for dropins in _UNITS.glob("*.d"):
        shutil.copytree(dropins, units / dropins.name, dirs_exist_ok=True)
    shutil.copy(_UNITS / "earmark.sysusers", root / "usr/lib/sysusers.d/earmark.conf")
    shutil.copy(_UNITS / "earmark.tmpfiles", root / "usr/lib/tmpfiles.d/earmark.conf")


def _lay_hardware(root: Path) -> None:
    """What kernel and ALSA must know of the box's parts. The pins are read by the front panel."""
    for source, place in (
        (HARDWARE / "udev", root / "usr/lib/udev/rules.d"),
        (HARDWARE / "alsa", root / "etc/alsa/conf.d"),
    ):
        place.mkdir(parents=True, exist_ok=True)
        for file in source.iterdir():
            shutil.copy(file, place)
    (root / SHARED / "hw").mkdir(parents=True)
    shutil.copy(HARDWARE / "pins.toml", root / SHARED / "hw")


def _name_kernel(root: Path) -> None:
    """The boot loader asks for the same names, whichever version it is."""
    for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd.img", "initrd.img-*")):
        (newest,) = (root / "boot").glob(pattern)
        _link(root / "boot" / name, newest.name)
    for stale in ("vmlinuz", "vmlinuz.old", "initrd.img", "initrd.img.old", "boot/vmlinuz.old", "boot/initrd.img.old"):
        (root / stale).unlink(missing_ok=True)


def _clear(root: Path) -> None:
    for left_over in _LEFT_OVER:
        path = root / left_over
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    # Every box gets an identity of its own, at each start: nothing on it needs the same one twice.
    (root / "etc/machine-id").touch()
    # Without a clock that runs while it is off, a box takes it to be at least as late as this (systemd(1), "epoch").
    (root / "usr/lib/clock-epoch").write_text(f"{EPOCH}\n")


def _link(path: Path, to: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(to)
