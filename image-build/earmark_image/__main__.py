"""``image-build/build``: from Debian and this clone to a disk's image."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.boot_grub import lay_boot
from earmark_image.disk import write_disk
from earmark_image.recipe import CLONE, TARGETS, Target
from earmark_image.root import lay_root
from earmark_image.running import BuildFailed, run

_BEGAN = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(prog="image-build/build", description="Make the box's image.")
    parser.add_argument("--target", choices=sorted(TARGETS), required=True)
    parser.add_argument("--out", type=Path, default=CLONE / "build/image", metavar="DIR")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    try:
        build(TARGETS[asked.target], asked.out)
    except BuildFailed as error:
        print(f"image-build: {error}", file=sys.stderr)
        return 1
    return 0


def build(target: Target, out: Path) -> None:
    disk = out / f"earmark-{target.name}.img"
    with TemporaryDirectory(prefix="earmark-image-", dir=out) as folder:
        root, boot = Path(folder, "root"), Path(folder, "boot")
        _step("Debian and the programs")
        lay_root(target, root)
        _step("the boot partition")
        lay_boot(root, boot)
        _step("the disk")
        write_disk(target, root, boot, disk)
    _step("packing")
    packed = disk.with_suffix(".img.zst")
    run("zstd", "--quiet", "--force", "-T0", "-10", disk, "-o", packed)
    _step(f"done: {packed}, {packed.stat().st_size / 1e6:.0f} MB")


def _step(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:4.0f}s] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
