"""What makes a slot take updates: whose signature it trusts, what it is, and nothing older than itself.

It is laid into a slot's root last. So the same root serves every version and every maker of images.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from earmark_image.recipe import CLONE, Target

_FOLDER = Path("etc/rauc")
_KEYRING = "keyring.pem"
#: A box of one kind never takes what was made for another.
_COMPATIBLE = "earmark-{name}"
_SYSTEM = """# How this box takes updates: part of the read-only system, as the authority's certificate is.
[system]
compatible={compatible}
bootloader=grub
grubenv=/boot/efi/EFI/earmark/grubenv
mountprefix=/run/rauc/mnt
data-directory=/var/lib/earmark/state/updates/rauc
# Every block is checked when it is read: a file that changes while it is installed is no danger.
bundle-formats=verity
# Nothing older than what runs, however well it is signed: its faults are known to others.
min-bundle-version={version}

[keyring]
path={keyring}
check-purpose=codesign

[slot.rootfs.0]
device=/dev/disk/by-partlabel/earmark-a
type=ext4
bootname=A

[slot.rootfs.1]
device=/dev/disk/by-partlabel/earmark-b
type=ext4
bootname=B
"""


@dataclass(frozen=True)
class Release:
    """``authority``: the certificate of whoever vouches for updates; None: the system takes none at all."""

    version: str
    authority: Path | None = None


def version_of_the_clone() -> str:
    described = tomllib.loads((CLONE / "pyproject.toml").read_text())
    version: str = described["project"]["version"]
    return version


def compatible(target: Target) -> str:
    return _COMPATIBLE.format(name=target.name)


def lay_updates(target: Target, release: Release, root: Path) -> None:
    """Name the system in its root, and say whose updates it takes."""
    folder = root / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    told = {"compatible": compatible(target), "version": release.version, "keyring": _KEYRING}
    (folder / "system.conf").write_text(_SYSTEM.format(**told))
    (folder / _KEYRING).write_text(release.authority.read_text() if release.authority else "")
    named = f"IMAGE_ID={compatible(target)}\nIMAGE_VERSION={release.version}\n"
    os_release = root / "usr/lib/os-release"
    os_release.write_text(os_release.read_text() + named)
