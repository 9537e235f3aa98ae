"""Updates for the box under test: an image that trusts a maker of the test's own, and what that maker signs."""

from __future__ import annotations

import importlib
import os
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KIND = "earmark-vm-amd64"
#: The version that the image under test is made to say it is.
FIRST = "1.0.0"
_SECTOR = 512
_FAST = "-comp zstd -Xcompression-level 1 -b 256K -all-root"


@dataclass(frozen=True)
class Kit:
    """``image`` is a copy of the one that is shipped, which trusts ``keys`` and says that it is ``FIRST``."""

    folder: Path
    image: Path
    keys: Any

    def bundle(self, name: str, version: str, content: Path, keys: Any = None, target: str = "vm-amd64") -> Path:
        """Signed; for this kind of box and by the maker whom it trusts, unless it is told otherwise."""
        recipe, updates, kind = _recipe("bundle"), _recipe("updates"), _recipe("recipe").TARGETS[target]
        made = self.folder / f"{name}.raucb"
        recipe._PACKING = _FAST
        recipe.write_bundle(kind, updates.Release(version), content, keys or self.keys, made)
        return made

    def system(self, version: str, changes: Sequence[str] = ()) -> Path:
        """The shipped system as another version. ``changes``: orders for debugfs(8)."""
        copy = self.folder / f"system-{version}.ext4"
        start, size = _slot_a(self.image)
        _run(
            "dd", f"if={self.image}", f"of={copy}", "bs=1M", f"skip={start >> 20}", f"count={size >> 20}", "conv=sparse"
        )
        _name(copy, self.folder, version, self.keys, changes)
        return copy

    def broken(self, version: str) -> Path:
        """The shipped system, one of whose programs cannot start."""
        folder = "/etc/systemd/system/earmark-box.service.d"
        drop_in = self.file("broken.conf", "[Service]\nExecStart=\nExecStart=/bin/false\n")
        return self.system(version, [f"mkdir {folder}", f"write {drop_in} {folder}/99-broken.conf"])

    def mute(self, version: str) -> Path:
        """The shipped system without what the kernel starts first."""
        return self.system(version, ["rm /usr/lib/systemd/systemd"])

    def nothing(self) -> Path:
        """What no boot loader finds a kernel in."""
        noise = self.folder / "noise.ext4"
        noise.write_bytes(os.urandom(1 << 20))
        return noise

    def stick(self, bundles: Sequence[Path]) -> Path:
        """All of them on one disk."""
        content, made = self.folder / "stick", self.folder / "stick.img"
        content.mkdir()
        for bundle in bundles:
            bundle.rename(content / bundle.name)
        size = sum(path.stat().st_size for path in content.iterdir())
        with made.open("wb") as file:
            file.truncate(size + size // 10 + (16 << 20))
        _run("mke2fs", "-q", "-F", "-t", "ext4", "-d", content, made)
        return made

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content)
        return path


def make_kit(shipped: Path, folder: Path) -> Kit:
    keys = _recipe("release_keys").make_release_keys(folder / "keys")
    image = folder / "box.img"
    _run("cp", "--reflink=auto", "--sparse=always", shipped, image)
    start, _ = _slot_a(image)
    _name(Path(f"{image}?offset={start}"), folder, FIRST, keys)
    return Kit(folder, image, keys)


def stranger(folder: Path) -> Any:
    return _recipe("release_keys").make_release_keys(folder / "stranger")


def _name(system: Path, folder: Path, version: str, keys: Any, changes: Sequence[str] = ()) -> None:
    """Lay into a slot's file system what ``earmark_image.updates`` lays into its root."""
    root, target = folder / f"named-{version}", _recipe("recipe").VM_AMD64
    (root / "usr/lib").mkdir(parents=True, exist_ok=True)
    release = _run("debugfs", "-R", "cat /usr/lib/os-release", system)
    kept = [line for line in release.splitlines() if not line.startswith("IMAGE_")]
    (root / "usr/lib/os-release").write_text("\n".join([*kept, ""]))
    updates = _recipe("updates")
    updates.lay_updates(target, updates.Release(version, keys.authority), root)
    orders = ["mkdir /etc/rauc"]
    for name in ("/usr/lib/os-release", "/etc/rauc/system.conf", "/etc/rauc/keyring.pem"):
        orders += [f"rm {name}", f"write {root}{name} {name}", f"set_inode_field {name} mode 0100644"]
    script = folder / "orders"
    script.write_text("\n".join([*orders, *changes, ""]))
    _run("debugfs", "-w", "-f", script, system)


def _slot_a(image: Path) -> tuple[int, int]:
    """Where slot A begins in the disk, and how large it is, in bytes (UEFI specification, 5.3)."""
    with image.open("rb") as disk:
        disk.seek(_SECTOR)
        first, count, size = struct.unpack("<72xQ2I", disk.read(88))
        disk.seek(first * _SECTOR)
        for _ in range(count):
            begins, ends, name = struct.unpack_from("<32x2Q8x72s", disk.read(size))
            if name.decode("utf-16-le").rstrip("\0") == "earmark-a":
                return begins * _SECTOR, (ends + 1 - begins) * _SECTOR
    raise AssertionError(f"{image} has no slot A")


def _recipe(module: str) -> Any:
    return importlib.import_module(f"earmark_image.{module}")


def _run(*command: str | Path) -> str:
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
