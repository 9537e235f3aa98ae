"""The initial RAM disk: busybox, the few modules that reach the building machine's files, and ``initial-root.sh``."""

from __future__ import annotations

import lzma
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.vm.machine.kernel import Kernel

_MODULES: Final = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
_APPLETS: Final = ("sh", "mount", "insmod", "mkdir", "cat", "switch_root")
_HERE: Final = Path(__file__).parent


def initial_root(kernel: Kernel) -> Path:
    """The disk for that kernel, made anew: it takes a second."""
    target = kernel.image.with_name("initial-root.cpio.zst")
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("bin", "proc", "sys", "dev", "files", "memory", "root", "modules"):
            (root / name).mkdir()
        shutil.copy("/bin/busybox", root / "bin/busybox")
        for applet in _APPLETS:
            (root / "bin" / applet).symlink_to("busybox")
        (root / "modules/order").write_text("".join(f"{name}\n" for name in _put_modules(kernel, root / "modules")))
        shutil.copy(_HERE / "initial-root.sh", root / "init")
        (root / "init").chmod(0o755)
        names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
        archive = subprocess.run(
            ["cpio", "--create", "--format=newc", "--quiet"],
            cwd=root,
            input=names.encode(),
            stdout=subprocess.PIPE,
            check=True,
        )
        packed = subprocess.run(["zstd", "-q", "-1"], input=archive.stdout, stdout=subprocess.PIPE, check=True)
    target.write_bytes(packed.stdout)
    return target


def _put_modules(kernel: Kernel, folder: Path) -> list[str]:
    """Unpack the modules with all that they need; gives their names in the order in which they are to be loaded."""
    order: list[str] = []
    for module in _MODULES:
        shown = subprocess.run(
            ["modprobe", "--dirname", kernel.root, "--set-version", kernel.version, "--show-depends", module],
            capture_output=True,
            text=True,
            check=True,
        )
        files = [Path(line.split()[1]) for line in shown.stdout.splitlines() if line.startswith("insmod ")]
        for file in files:
            name = file.name.removesuffix(".xz")
            if name not in order:
                order.append(name)
                packed = file.read_bytes()
                (folder / name).write_bytes(lzma.decompress(packed) if file.suffix == ".xz" else packed)
    return order
