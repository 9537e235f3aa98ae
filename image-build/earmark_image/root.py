"""The root that both system slots hold: Debian, the programs, and what makes a box of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from earmark_image.debian import debian_root
from earmark_image.program import program
from earmark_image.recipe import CLONE, FILES, HOME, PROGRAM, RUNTIME_PACKAGES, SYSTEM_PACKAGES, Target
from earmark_image.running import entered, run, unpack

_UNITS = CLONE / "systemd"
_HARDWARE = CLONE / "hw"


def lay_root(target: Target, root: Path) -> None:
    """Fill an empty folder. Nobody has a password in it, and no key is in it: each box makes its own."""
    packages = [*SYSTEM_PACKAGES, *RUNTIME_PACKAGES, *target.packages]
    unpack(debian_root(f"root-{target.architecture}", target.architecture, packages), root)
    unpack(program(target), root)
    shutil.copytree(FILES, root, dirs_exist_ok=True, symlinks=True)
    _lay_units(root)
    shutil.copytree(_HARDWARE, root / "usr/share/earmark/hw", dirs_exist_ok=True)
    _link(root / "usr/bin/earmark", f"/{PROGRAM}/bin/earmark")
    _link(root / "etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf")
    (root / HOME).mkdir(parents=True, exist_ok=True)
    (root / "boot/efi").mkdir(exist_ok=True)
    # Every box gets an identity of its own, at each start: nothing on it needs the same one twice.
    (root / "etc/machine-id").write_text("uninitialized\n")
    with entered(root) as inside:
        inside.run("systemd-sysusers")
        inside.run("systemctl", "preset-all", "--preset-mode=full")
        inside.run("update-initramfs", "-u")
    _name_kernel(root)
    for left_over in ("var/lib/apt/lists", "var/cache", "var/log", "tmp", "etc/ssh"):
        shutil.rmtree(root / left_over, ignore_errors=True)
    (root / "tmp").mkdir(mode=0o1777)
    (root / "tmp").chmod(0o1777)


def _lay_units(root: Path) -> None:
    units = root / "usr/lib/systemd/system"
    for unit in (*_UNITS.glob("*.service"), *_UNITS.glob("*.target"), *_UNITS.glob("*.timer"), *_UNITS.glob("*.mount")):
        shutil.copy(unit, units)
    for dropins in _UNITS.glob("*.d"):
        shutil.copytree(dropins, units / dropins.name, dirs_exist_ok=True)
    shutil.copy(_UNITS / "earmark.sysusers", root / "usr/lib/sysusers.d/earmark.conf")
    shutil.copy(_UNITS / "earmark.tmpfiles", root / "usr/lib/tmpfiles.d/earmark.conf")


def _name_kernel(root: Path) -> None:
    """The boot loader asks for the same names, whichever version it is."""
    for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd.img", "initrd.img-*")):
        (newest,) = (root / "boot").glob(pattern)
        _link(root / "boot" / name, newest.name)
        _link(root / "boot" / f"{name}.old", newest.name)
    for stale in ("vmlinuz", "vmlinuz.old", "initrd.img", "initrd.img.old"):
        (root / stale).unlink(missing_ok=True)


def _link(path: Path, to: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(to)


def packages_in(root: Path) -> list[tuple[str, str, str]]:
    """Every Debian package of the root: name, version, source."""
    shown = run(
        "dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Package}\t${Version}\t${source:Package}\n"
    )
    return [tuple(line.split("\t")) for line in shown.splitlines()]  # type: ignore[misc]
