"""A Debian kernel with the devices that tests need, unpacked into the cache.

Stable's kernel lacks ``gpio-sim``; the one of stable-backports has it, and ``snd-aloop``, which the cloud flavours
lack. apt checks the packages by Debian's keys. The machine's own package lists and packages are left alone.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SUITE: Final = "trixie-backports"
_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_DECOMPRESSORS: Final = {
    b"\x28\xb5\x2f\xfd": ["zstd", "--decompress", "--stdout"],
    b"\xfd7zX": ["xz", "--decompress", "--stdout", "--single-stream"],
    b"\x1f\x8b": ["gzip", "--decompress", "--stdout"],
}
_ELF: Final = b"\x7fELF"


class NoKernel(Exception):
    """There is no kernel to boot; says what to do."""


@dataclass(frozen=True)
class Kernel:
    """``image`` is the bare ELF kernel, which QEMU starts by PVH; ``modules`` is its folder below lib/modules."""

    version: str
    image: Path
    modules: Path

    @property
    def root(self) -> Path:
        """The folder to give to ``modprobe --dirname``."""
        return self.modules.parents[2]


def cache_folder() -> Path:
    named = os.environ.get("EARMARK_CACHE")
    base = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earmark"
    return base / "vm"


def debian_kernel() -> Kernel:
    """The kernel in the cache, fetched first where there is none.

    Raises:
        NoKernel: apt cannot fetch it, or what it fetched is no kernel.
    """
    folder = cache_folder() / _SUITE
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _fetch(folder)
            (folder / "complete").touch()
    (modules,) = (folder / "root/usr/lib/modules").iterdir()
    return Kernel(modules.name, folder / "vmlinux", modules)


def _fetch(folder: Path) -> None:
    for old in ("root", "apt"):
        shutil.rmtree(folder / old, ignore_errors=True)
    apt = _PrivateApt(folder / "apt")
    apt.run("apt-get", "update")
    wanted = apt.run("apt-cache", "depends", "linux-image-amd64")
    named = re.search(r"Depends: linux-image-(\S+)", wanted)
    if named is None:
        raise NoKernel(f"{_SUITE} names no kernel for amd64.")
    version = named[1]
    # From 7.3 on Debian's kernel comes in parts; the image's package names them.
    needed = apt.run("apt-cache", "depends", f"linux-image-{version}")
    parts = [part for part in re.findall(r"Depends: (\S+)", needed) if part.endswith(version)]
    apt.run("apt-get", "download", f"linux-image-{version}", *parts)
    for archive in apt.folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", archive, folder / "root"], check=True)
    root = folder / "root"
    if not (root / "usr/lib").exists():
        (root / "usr").mkdir(exist_ok=True)
        (root / "lib").rename(root / "usr/lib")
    if not (root / "lib").exists():
        (root / "lib").symlink_to("usr/lib")
    (image,) = root.rglob("vmlinuz*")
    (folder / "vmlinux").write_bytes(unpacked(image.read_bytes()))
    subprocess.run(["depmod", "--basedir", root, version], check=True)
    shutil.rmtree(apt.folder)


def unpacked(bz_image: bytes) -> bytes:
    """The ELF kernel inside a bzImage (the x86 boot protocol: setup sectors, payload offset and length).

    Raises:
        NoKernel: there is none.
    """
    setup_sectors = bz_image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", bz_image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = bz_image[start : start + length]
    command = next((how for magic, how in _DECOMPRESSORS.items() if payload.startswith(magic)), None)
    if command is None:
        raise NoKernel("The kernel is packed in a way that is not known here.")
    # The payload's length takes in what follows the packed stream: the decompressor grumbles at it, rightly.
    kernel = subprocess.run(command, input=payload, capture_output=True, check=False).stdout
    if not kernel.startswith(_ELF):
        raise NoKernel("What is packed in the kernel's image is no ELF file.")
    return kernel


class _PrivateApt:
    """An apt that knows one suite of Debian's only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("sources", "state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "sources/debian.sources").write_text(
            f"Types: deb\nURIs: {_mirror()}\nSuites: {_SUITE}\nComponents: main\nArchitectures: amd64\n"
            f"Signed-By: {_KEYRING}\n"
        )
        (folder / "apt.conf").write_text(
            'Dir::Etc::SourceList "/dev/null";\n'
            f'Dir::Etc::SourceParts "{folder}/sources";\n'
            f'Dir::State "{folder}/state";\n'
            f'Dir::Cache "{folder}/cache";\n'
            'Dir::State::status "/dev/null";\n'
            'APT::Sandbox::User "root";\n'
        )

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "APT_CONFIG": str(self.folder / "apt.conf")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NoKernel(
                f"{' '.join(command)} failed: {done.stderr.strip()}\nCheck the network, or name a Debian mirror in"
                " EARMARK_DEBIAN_MIRROR."
            )
        return done.stdout


def _mirror() -> str:
    named = os.environ.get("EARMARK_DEBIAN_MIRROR")
    if named:
        return named
    known = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    found = next((line.split()[1] for line in known if line.startswith("Debian ")), None)
    if found is None:
        raise NoKernel("apt here knows no Debian mirror: name one in EARMARK_DEBIAN_MIRROR.")
    return found
